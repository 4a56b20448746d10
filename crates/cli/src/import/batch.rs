//! Packs events into batches that one request can carry.

use std::sync::Arc;

/// Where an event comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// The input, as the user named it.
    pub(super) file: Arc<str>,
    /// The line, from 1.
    pub(super) line: u64,
    /// The record, from 1, if the input is a list of records.
    pub(super) record: Option<u64>,
}

/// One event to send.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) origin: Origin,
    /// Its JSON, as it is sent.
    pub(super) json: String,
}

/// Events that are sent together, in the order of the input.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) items: Vec<Item>,
    /// The bytes of input that they came from.
    pub(super) source_bytes: u64,
}

const OPEN: &str = r#"{"events":["#;
const CLOSE: &str = "]}";

/// Returns the body of a request.
pub(super) fn body(items: &[Item]) -> String {
    let events: Vec<_> = items.iter().map(|item| &item.json[..]).collect();
    [OPEN, &events.join(","), CLOSE].concat()
}

/// The length of a body of `events` events with `json_bytes` in all.
fn body_bytes(json_bytes: usize, events: usize) -> usize {
    OPEN.len() + json_bytes + events.saturating_sub(1) + CLOSE.len()
}

/// Fills batches in the order of the input.
#[derive(Debug)]
pub(super) struct Packer {
    limit_events: usize,
    limit_bytes: usize,
    batch: Batch,
    json_bytes: usize,
}

impl Packer {
    pub(super) fn new(limit_events: usize, limit_bytes: usize) -> Self {
        Self { limit_events, limit_bytes, batch: Batch::default(), json_bytes: 0 }
    }

    /// Adds an event; returns the batch before it if the event does not fit.
    pub(super) fn push(&mut self, item: Item, source_bytes: u64) -> Option<Batch> {
        let events = self.batch.items.len() + 1;
        let fits =
            events <= self.limit_events && body_bytes(self.json_bytes + item.json.len(), events) <= self.limit_bytes;
        let full = if fits { None } else { self.take() };
        self.json_bytes += item.json.len();
        self.batch.source_bytes += source_bytes;
        self.batch.items.push(item);
        full
    }

    /// Returns the events that wait, or `None` if there are none.
    pub(super) fn take(&mut self) -> Option<Batch> {
        self.json_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        (!batch.items.is_empty()).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(json: &str) -> Item {
        Item { origin: Origin { file: "f".into(), line: 1, record: None }, json: json.to_owned() }
    }

    fn sizes(limit_events: usize, limit_bytes: usize, lengths: &[usize]) -> Vec<usize> {
        let mut packer = Packer::new(limit_events, limit_bytes);
        let mut batches: Vec<_> =
            lengths.iter().filter_map(|length| packer.push(item(&"x".repeat(*length)), 1)).collect();
        batches.extend(packer.take());
        assert_eq!(batches.iter().map(|batch| batch.source_bytes).sum::<u64>(), lengths.len() as u64);
        for batch in &batches {
            assert!(batch.items.len() == 1 || body(&batch.items).len() <= limit_bytes);
        }
        batches.iter().map(|batch| batch.items.len()).collect()
    }

    #[test]
    fn a_batch_closes_at_the_limit_of_events_and_of_bytes() {
        assert_eq!(sizes(2, 1000, &[1; 5]), [2, 2, 1]);
        // 13 bytes around three events of 28, and two commas: 99.
        assert_eq!(sizes(9, 99, &[28, 28, 28, 28]), [3, 1]);
        assert_eq!(sizes(9, 98, &[28, 28, 28, 28]), [2, 2]);
        assert!(sizes(9, 99, &[]).is_empty());
    }

    #[test]
    fn an_event_too_large_for_any_batch_goes_alone() {
        assert_eq!(sizes(9, 50, &[5, 100, 5]), [1, 1, 1]);
    }

    #[test]
    fn a_body_contains_the_events_as_they_are() {
        assert_eq!(body(&[item(r#"{"n": 1.0}"#), item("{}")]), r#"{"events":[{"n": 1.0},{}]}"#);
    }
}
