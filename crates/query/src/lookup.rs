//! The lookup of one event by its id, hot or archived.

use audit_core::{Event, EventId, Head, Order, OrgId};
use audit_http::LookUp;
use futures::future::join;

use crate::error::Result;
use crate::service::QueryService;
use crate::walk::unreadable;

impl QueryService {
    /// Finds an event: hot first, then the head, then the segments, so that an event that a pass moves meanwhile is
    /// found.
    ///
    /// # Guarantees
    /// Returns the archived copy if it exists, as a page does: a hot copy of it is a repeat, which was stored later
    /// and which the next pass deletes. A copy that cannot be read does not hide the other one.
    pub(crate) async fn event(&self, look_up: &LookUp) -> Result<Option<Event>> {
        let found = self.stored(&look_up.org_id, look_up.id).await?;
        Ok(found.filter(|event| look_up.narrowing.allows(event)))
    }

    async fn stored(&self, org_id: &OrgId, id: EventId) -> Result<Option<Event>> {
        let hot = self.tables.events.get(org_id, id).await;
        match (self.archived(org_id, id).await, hot) {
            (Ok(Some(event)), _) | (_, Ok(Some(event))) => Ok(Some(event)),
            (Err(error), _) => Err(error),
            (Ok(None), hot) => Ok(hot?),
        }
    }

    async fn archived(&self, org_id: &OrgId, id: EventId) -> Result<Option<Event>> {
        let mut head = self.tables.ledger.head(org_id).await?;
        let (checked, mut found) = join(self.check.check(org_id, &head), self.in_segments(org_id, id, &head)).await;
        checked?;
        while let Err(error) = &found
            && self.ledger.is_outdated(org_id, &head, error).await?
        {
            head = self.tables.ledger.head(org_id).await?;
            found = self.in_segments(org_id, id, &head).await;
        }
        found
    }

    async fn in_segments(&self, org_id: &OrgId, id: EventId, head: &Head) -> Result<Option<Event>> {
        let snapshot = self.ledger.snapshot(org_id, head).await?;
        let month = id.occurred_at().day().month();
        let Some(found) = snapshot.next_month(Order::Oldest, (month, month), None).await? else {
            return Ok(None);
        };
        for record in found.readable().filter(|record| record.may_contain(id)) {
            let segment = self.archive.open(org_id, record).await.map_err(unreadable(record))?;
            if let Some(event) = segment.event(id).await.map_err(unreadable(record))? {
                return Ok(Some(event));
            }
        }
        // An unreadable item can be that of the event's segment.
        found.complete()?;
        Ok(None)
    }
}
