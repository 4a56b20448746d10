//! `application/x-ndjson`: one event per line.

use serde_json::value::RawValue;

use super::limited;
use crate::invalid::InputErrors;
use crate::json;
use crate::new_event::NewEvent;
use crate::time::UnixMicros;

/// Reads each line that is not blank as one event. The pointer of an input error begins with the event's index.
pub(super) fn read(body: &[u8], now: UnixMicros, errors: &mut InputErrors) -> Option<Vec<NewEvent>> {
    let text = json::utf8(body, errors)?;
    let lines =
        || (1..).zip(text.split('\n')).map(|(number, line)| (number, line.trim())).filter(|(_, line)| !line.is_empty());
    limited(lines().count(), "", errors)?;
    let mut events = Vec::new();
    for (index, (number, line)) in lines().enumerate() {
        let pointer = format!("/{index}");
        match serde_json::from_str::<&RawValue>(line) {
            Ok(raw) => events.extend(NewEvent::read(raw, &pointer, now, errors)),
            Err(error) => {
                errors.add(
                    pointer,
                    format!("in line {number}, column {}: no JSON", error.column()),
                    "one JSON value a line",
                );
            }
        }
    }
    Some(events)
}
