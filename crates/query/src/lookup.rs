//! The lookup of one event by its id, hot or archived.

use std::sync::Arc;

use audit_core::{Event, EventId, Head, Order, OrgId, SegmentRecord};
use audit_http::LookUp;
use audit_segments::{FoundRow, LoggedRow, OpenSegment};
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
        let archived = async {
            let head = self.tables.ledger.head(org_id).await?;
            self.archived(org_id, head, id).await
        };
        match (archived.await, hot) {
            (Ok(Some((event, _))), _) | (_, Ok(Some(event))) => Ok(Some(event)),
            (Err(error), _) => Err(error),
            (Ok(None), hot) => Ok(hot?),
        }
    }

    /// Finds an archived event and its place in the log.
    pub(crate) async fn logged(&self, org_id: &OrgId, head: &Head, id: EventId) -> Result<Option<(Event, LoggedRow)>> {
        let Some((event, Found { segment, row, record })) = self.archived(org_id, head.clone(), id).await? else {
            return Ok(None);
        };
        Ok(Some((event, segment.place_of(row).await.map_err(unreadable(&record))?)))
    }

    /// Finds an archived event, under a later head if a merge deleted its segment meanwhile.
    async fn archived(&self, org_id: &OrgId, mut head: Head, id: EventId) -> Result<Option<(Event, Found)>> {
        let (checked, mut found) = join(self.check.check(org_id, &head), self.read(org_id, id, &head)).await;
        checked?;
        while let Err(error) = &found
            && self.ledger.is_outdated(org_id, &head, error).await?
        {
            head = self.tables.ledger.head(org_id).await?;
            found = self.read(org_id, id, &head).await;
        }
        found
    }

    async fn read(&self, org_id: &OrgId, id: EventId, head: &Head) -> Result<Option<(Event, Found)>> {
        let Some(found) = self.in_segments(org_id, id, head).await? else { return Ok(None) };
        let event = found.segment.event_at(found.row).await.map_err(unreadable(&found.record))?;
        Ok(Some((event, found)))
    }

    async fn in_segments(&self, org_id: &OrgId, id: EventId, head: &Head) -> Result<Option<Found>> {
        let snapshot = self.ledger.snapshot(org_id, head).await?;
        let month = id.occurred_at().day().month();
        let Some(found) = snapshot.next_month(Order::Oldest, (month, month), None).await? else {
            return Ok(None);
        };
        for record in found.readable().filter(|record| record.may_contain(id)) {
            let segment = self.archive.open(org_id, record).await.map_err(unreadable(record))?;
            if let Some(row) = segment.find(id).await.map_err(unreadable(record))? {
                return Ok(Some(Found { record: Arc::clone(record), segment, row }));
            }
        }
        // An unreadable item can be that of the event's segment.
        found.complete()?;
        Ok(None)
    }
}

/// An archived event.
struct Found {
    record: Arc<SegmentRecord>,
    segment: Arc<OpenSegment>,
    row: FoundRow,
}
