//! The events of a page under construction.

use audit_core::{Event, EventId, limits::PAGE_BYTES};
use serde_json::value::RawValue;

use crate::error::QueryError;
use crate::need::Room;

/// Bytes of a page's body beside its events.
const ENVELOPE_BYTES: usize = 512;

/// A page under construction.
pub(crate) struct Draft {
    limit: usize,
    bytes: usize,
    pub(crate) events: Vec<Box<RawValue>>,
    pub(crate) ids: Vec<EventId>,
}

impl Draft {
    /// An empty page that takes up to `limit` events.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, bytes: ENVELOPE_BYTES, events: Vec::new(), ids: Vec::new() }
    }

    /// Adds an event, or returns `false` and leaves it out where the page is full.
    pub(crate) fn takes(&mut self, event: &Event) -> Result<bool, QueryError> {
        let json = serde_json::value::to_raw_value(event)?;
        let bytes = self.bytes + json.get().len() + 1;
        if self.events.len() == self.limit || (!self.events.is_empty() && bytes > PAGE_BYTES) {
            return Ok(false);
        }
        self.bytes = bytes;
        self.ids.push(event.id);
        self.events.push(json);
        Ok(true)
    }

    /// What it still takes.
    pub(crate) fn room(&self) -> Room {
        Room { events: self.limit + 1 - self.events.len(), bytes: PAGE_BYTES.saturating_sub(self.bytes) }
    }
}
