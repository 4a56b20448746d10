//! Packs events into batches that one request can carry.

use std::sync::Arc;

/// Where an event stands in the inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The input, as it was named.
    pub(crate) file: Arc<str>,
    /// The line, from 1.
    pub(crate) line: u64,
    /// The record, from 1, where the input is a list of records.
    pub(crate) record: Option<u64>,
}

/// One event on its way.
#[derive(Debug)]
pub(crate) struct Item {
    /// Where it came from.
    pub(crate) place: Place,
    /// Its JSON, as it is sent.
    pub(crate) json: String,
}

/// Events that are sent together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The events, in the order of the input.
    pub(crate) items: Vec<Item>,
    /// The bytes of input they came from.
    pub(crate) source_bytes: u64,
}

/// What one request may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Events.
    pub(crate) events: usize,
    /// Bytes of the body.
    pub(crate) body_bytes: usize,
}

/// What the service takes in one request.
pub(crate) const LIMITS: Limits = Limits { events: 500, body_bytes: 2_621_440 };

const OPEN: &str = r#"{"events":["#;
const CLOSE: &str = "]}";

/// The body of a request.
pub(crate) fn body(items: &[Item]) -> String {
    let mut body = String::with_capacity(body_bytes(items.iter().map(|item| item.json.len()).sum(), items.len()));
    body.push_str(OPEN);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        body.push_str(&item.json);
    }
    body.push_str(CLOSE);
    body
}

/// The length of a body of `events` events with `json_bytes` in all.
fn body_bytes(json_bytes: usize, events: usize) -> usize {
    OPEN.len() + json_bytes + events.saturating_sub(1) + CLOSE.len()
}

/// Fills batches in the order of the input.
#[derive(Debug)]
pub(crate) struct Packer {
    limits: Limits,
    batch: Batch,
    json_bytes: usize,
}

impl Packer {
    /// Starts with an empty batch.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, batch: Batch::default(), json_bytes: 0 }
    }

    /// Adds an event; gives the batch before it where the event does not fit into that one.
    pub(crate) fn push(&mut self, item: Item, source_bytes: u64) -> Option<Batch> {
        let events = self.batch.items.len() + 1;
        let fits = events <= self.limits.events
            && body_bytes(self.json_bytes + item.json.len(), events) <= self.limits.body_bytes;
        let full = if fits { None } else { self.take() };
        self.json_bytes += item.json.len();
        self.batch.source_bytes += source_bytes;
        self.batch.items.push(item);
        full
    }

    /// Gives the events that wait, `None` where there are none.
    pub(crate) fn take(&mut self) -> Option<Batch> {
        self.json_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        (!batch.items.is_empty()).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(limits: Limits, lengths: &[usize]) -> Vec<usize> {
        let mut packer = Packer::new(limits);
        let mut batches = Vec::new();
        for (line, length) in (1..).zip(lengths) {
            let item = Item { place: Place { file: "f".into(), line, record: None }, json: "x".repeat(*length) };
            batches.extend(packer.push(item, 1));
        }
        batches.extend(packer.take());
        assert_eq!(batches.iter().map(|batch| batch.source_bytes).sum::<u64>(), lengths.len() as u64);
        for batch in &batches {
            assert!(batch.items.len() == 1 || body(&batch.items).len() <= limits.body_bytes);
        }
        batches.iter().map(|batch| batch.items.len()).collect()
    }

    #[test]
    fn a_batch_closes_at_the_limit_of_events_and_of_bytes() {
        assert_eq!(sizes(Limits { events: 2, body_bytes: 1000 }, &[1; 5]), [2, 2, 1]);
        // 13 bytes around three events of 28, and two commas: 99.
        assert_eq!(sizes(Limits { events: 9, body_bytes: 99 }, &[28, 28, 28, 28]), [3, 1]);
        assert_eq!(sizes(Limits { events: 9, body_bytes: 98 }, &[28, 28, 28, 28]), [2, 2]);
        assert!(sizes(LIMITS, &[]).is_empty());
    }

    #[test]
    fn an_event_too_large_for_any_batch_goes_alone() {
        assert_eq!(sizes(Limits { events: 9, body_bytes: 50 }, &[5, 100, 5]), [1, 1, 1]);
    }

    #[test]
    fn a_body_holds_the_events_as_they_are() {
        let item =
            |json: &str| Item { place: Place { file: "f".into(), line: 1, record: None }, json: json.to_owned() };
        assert_eq!(body(&[item(r#"{"n": 1.0}"#), item("{}")]), r#"{"events":[{"n": 1.0},{}]}"#);
    }
}
