//! One round of a page: its hot rows and the archive merged by position, up to the round's horizon.

use std::collections::VecDeque;

use audit_core::{Event, EventId, Order};
use tokio::time::Instant;

use crate::draft::Draft;
use crate::error::QueryError;
use crate::walk::Walk;

/// How far a page may come in this round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) order: Order,
    /// Up to here earlier rounds have come; `None` in the first round.
    pub(crate) passed: Option<EventId>,
    /// Up to here the hot rows are known; `None`: to the end of the search.
    pub(crate) horizon: Option<EventId>,
    pub(crate) deadline: Instant,
}

/// Where a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At its horizon.
    Horizon,
    /// At this position, since the page is full.
    Full(EventId),
    /// At this position, since the page's time is up.
    Late(EventId),
}

/// Adds a round's events to the page.
pub(crate) async fn merge(
    draft: &mut Draft,
    mut hot: VecDeque<Event>,
    walk: &mut Walk<'_>,
    reach: Reach,
) -> Result<End, QueryError> {
    let order = reach.order;
    loop {
        let archived = walk.examined();
        let is_known = |event: &Event| archived.is_none_or(|archived| !order.before(archived, event.id));
        let event = match hot.pop_front_if(|event| is_known(event)) {
            Some(event) => Some(event),
            None if reach.is_reached(archived) => return Ok(End::Horizon),
            None => walk.take(),
        };
        if let Some(event) = event {
            // The other tier may contain a copy of it: right after the examined position, or at the front of the hot rows.
            if draft.ids.last() == Some(&event.id) {
                continue;
            }
            match (draft.takes(&event)?, draft.ids.last()) {
                (false, Some(last)) => return Ok(End::Full(reach.or_passed(*last))),
                _ => continue,
            }
        }
        // A new walk is before its span, which begins after what earlier rounds passed.
        let examined = archived.filter(|at| walk.contains(*at)).or(reach.passed);
        if let Some(examined) = examined.filter(|_| Instant::now() >= reach.deadline) {
            return Ok(End::Late(examined));
        }
        walk.advance(draft.room().events, reach.horizon).await?;
    }
}

impl Reach {
    /// A position, or the one that earlier rounds have come up to where that is further.
    fn or_passed(self, position: EventId) -> EventId {
        self.passed.filter(|passed| self.order.before(position, *passed)).unwrap_or(position)
    }

    /// Whether the archive is known as far as the hot rows are.
    fn is_reached(self, archived: Option<EventId>) -> bool {
        match (archived, self.horizon) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(archived), Some(horizon)) => !self.order.before(archived, horizon),
        }
    }
}
