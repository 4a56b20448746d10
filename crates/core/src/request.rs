//! The body of a request that records events: one event, or a list of them.

use crate::fault::{Faults, join};
use crate::json;
use crate::limits::REQUEST_EVENTS;
use crate::new_event::{NewEvent, key_fits};
use crate::time::UnixMicros;

/// Reads the events of a request.
///
/// *Guarantees*: event i without a key of its own gets `<header_key>#<i>`, so that repeating a request repeats its events.
/// *Errors*: every fault of every event; then nothing of the request may be stored.
pub fn read(body: &[u8], header_key: Option<&str>, now: UnixMicros) -> Result<Vec<NewEvent>, Faults> {
    let mut faults = Faults::default();
    if header_key.is_some_and(|key| !key_fits(key)) {
        faults.add("Idempotency-Key", "a header of another length", "1 to 255 characters");
    }
    let events = json::document(body, &mut faults).and_then(|raw| {
        if !is_list(raw) {
            return Some(Vec::from_iter(NewEvent::read(raw, "", now, &mut faults)));
        }
        read_list(raw, now, &mut faults)
    });
    let mut events = faults.or(events)?;
    if let Some(header) = header_key {
        for (index, event) in events.iter_mut().enumerate() {
            event.idempotency_key.get_or_insert_with(|| format!("{header}#{index}"));
        }
    }
    Ok(events)
}

/// Whether the body is `{"events": …}`; its faults are found when it is read as what it is.
fn is_list(raw: &serde_json::value::RawValue) -> bool {
    json::members(raw, "", &mut Faults::default())
        .is_some_and(|members| members.iter().any(|(_, name, _)| name == "events"))
}

fn read_list(raw: &serde_json::value::RawValue, now: UnixMicros, faults: &mut Faults) -> Option<Vec<NewEvent>> {
    let mut events = Vec::new();
    for (_, name, value) in json::members(raw, "", faults)? {
        if name != "events" {
            faults.add(join("", &name), "an unknown member", "events, and nothing beside it");
            continue;
        }
        let elements = json::elements(value, "/events", faults)?;
        if !(1..=REQUEST_EVENTS).contains(&elements.len()) {
            faults.add("/events", format!("{} events", elements.len()), format!("1 to {REQUEST_EVENTS} events"));
            return None;
        }
        for (index, element) in elements.into_iter().enumerate() {
            events.extend(NewEvent::read(element, &format!("/events/{index}"), now, faults));
        }
    }
    Some(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMicros = UnixMicros(1_795_000_000_000_000);

    fn event(id: &str) -> String {
        format!(r#"{{"occurred_at":"2026-11-01T00:00:00Z","actor":{{"id":"{id}"}},"action":"a.b","result":"failed"}}"#)
    }

    fn list(count: usize) -> String {
        let events: Vec<_> = (0..count).map(|index| event(&index.to_string())).collect();
        format!(r#"{{"events":[{}]}}"#, events.join(","))
    }

    #[test]
    fn one_event_and_a_list_of_one_are_the_same() {
        assert_eq!(read(event("x").as_bytes(), None, NOW).unwrap().len(), 1);
        assert_eq!(read(list(1).as_bytes(), None, NOW).unwrap().len(), 1);
    }

    #[test]
    fn five_hundred_events_pass_and_none_and_one_more_do_not() {
        assert_eq!(read(list(500).as_bytes(), None, NOW).unwrap().len(), 500);
        assert_eq!(read(list(501).as_bytes(), None, NOW).unwrap_err().listed()[0].found, "501 events");
        assert_eq!(read(list(0).as_bytes(), None, NOW).unwrap_err().listed()[0].pointer, "/events");
    }

    #[test]
    fn faults_of_all_events_are_told_at_once_and_a_misspelt_sibling_too() {
        let body = r#"{"events":[{"actor":{"id":""}},7],"event":[]}"#;
        let faults = read(body.as_bytes(), None, NOW).unwrap_err();
        let pointers: Vec<_> = faults.listed().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/events/0/occurred_at",
                "/events/0/actor/id",
                "/events/0/action",
                "/events/0/result",
                "/events/1",
                "/event"
            ]
        );
    }

    #[test]
    fn the_header_gives_each_event_without_a_key_one_of_its_own() {
        let body = list(2).replacen(r#""action""#, r#""idempotency_key":"mine","action""#, 1);
        let keys: Vec<_> =
            read(body.as_bytes(), Some("req"), NOW).unwrap().into_iter().map(|event| event.idempotency_key).collect();
        assert_eq!(keys, [Some("mine".to_owned()), Some("req#1".to_owned())]);
        assert!(read(body.as_bytes(), Some(&"k".repeat(256)), NOW).is_err());
    }
}
