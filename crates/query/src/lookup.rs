//! `GET /v1/orgs/{org_id}/events/{id}`: one event, hot or archived.

use std::sync::Arc;

use audit_core::{Event, EventId, InputErrors, Order, OrgId, SegmentRecord, invalid::quoted};
use audit_http::{Problem, extract, schema};
use audit_segments::Ids;
use axum::Json;
use axum::extract::{Path, State};

use crate::Query;
use crate::error::QueryError;
use crate::ledger_view::Snapshot;

/// Gets one event.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org_id}/events/{id}",
    tag = "events",
    params(
        ("org_id" = String, Path, description = "The org", max_length = 64, pattern = "^[A-Za-z0-9_-]{1,64}$"),
        ("id" = String, Path, description = "The event's id", format = "uuid"),
    ),
    responses(
        (status = 200, description = "The event", body = schema::Event),
        (status = 400, description = "The request is at fault", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The org's plan has no audit logs", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The org or the event is unknown", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A store did not answer, or a part of the archive cannot be read", body = schema::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_event(
    State(query): State<Arc<Query>>,
    Path((org_id, id)): Path<(String, String)>,
) -> Result<Json<Event>, Problem> {
    let org_id = extract::org_id(&org_id)?;
    query.admit(&org_id).await?;
    let id = id.parse::<EventId>().map_err(|_| {
        let mut faults = InputErrors::default();
        faults.add("{id}", quoted(&id), "the id of an event: a UUIDv7 in lower case");
        Problem::invalid(&faults)
    })?;
    query.event(&org_id, id).await?.map(Json).ok_or_else(Problem::unknown_event)
}

impl Query {
    /// Finds an event: hot first, then the head, then the segments, so that it is found wherever it moves meanwhile.
    ///
    /// *Guarantees*: shows the archived copy where there is one, as a page does: a hot copy beside it is a repeat, which was
    /// stored later and goes with the next pass. One copy that cannot be read does not hide the other.
    async fn event(&self, org_id: &OrgId, id: EventId) -> Result<Option<Event>, QueryError> {
        let hot = self.tables.event(org_id, id).await;
        match (self.archived(org_id, id).await, hot) {
            (Ok(Some(event)), _) | (_, Ok(Some(event))) => Ok(Some(event)),
            (Err(error), _) => Err(error),
            (Ok(None), hot) => Ok(hot?),
        }
    }

    async fn archived(&self, org_id: &OrgId, id: EventId) -> Result<Option<Event>, QueryError> {
        let snapshot = Snapshot::of(&self.tables.head(org_id).await?);
        self.ledger.catch_up(org_id, snapshot).await?;
        let month = id.occurred_at().day().month();
        let Some(found) = self.ledger.find_month(org_id, snapshot, Order::Oldest, (month, month)).await? else {
            return Ok(None);
        };
        let may_hold =
            |record: &SegmentRecord| record.first_seq < snapshot.visible && (record.first..=record.last).contains(&id);
        for record in found.segments.iter().filter(|record| may_hold(record)) {
            let unreadable = |source| QueryError::Segment { segment: Box::new(SegmentRecord::clone(record)), source };
            let segment = self.archive.open(org_id, record).await.map_err(unreadable)?;
            if let Some(event) = Ids::new(segment).event(id).await.map_err(unreadable)? {
                return Ok(Some(event));
            }
        }
        // An item that cannot be read may be that of the event's segment.
        found.whole()?;
        Ok(None)
    }
}
