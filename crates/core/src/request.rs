//! The body of a request that records events, in each form in which it may be sent.

mod lines;
mod otlp;

use serde_json::value::RawValue;

use crate::invalid::InputErrors;
use crate::json::{self, Object, characters};
use crate::limits::{KEY_CHARS, REQUEST_EVENTS};
use crate::new_event::NewEvent;
use crate::time::UnixMicros;

/// The form of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON value: an event, `{"events": […]}`, an array of events, or OTLP logs.
    Json,
    /// One event per line.
    Lines,
}

impl Form {
    /// Returns the form of a body of this media type; JSON, unless the type is one of lines.
    pub fn of(content_type: Option<&str>) -> Self {
        let name = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let lines = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
        if lines.iter().any(|lines| name.eq_ignore_ascii_case(lines)) { Self::Lines } else { Self::Json }
    }
}

/// Reads the events of a request whose body is JSON.
///
/// # Guarantees
/// Event i without a key of its own gets `<header_key>#<i>`, so that repeating a request repeats its events.
///
/// # Errors
/// Every input error of every event; then nothing of the request may be stored.
pub fn read(body: &[u8], header_key: Option<&str>, now: UnixMicros) -> Result<Vec<NewEvent>, InputErrors> {
    read_form(Form::Json, body, header_key, now)
}

/// Reads the events of a request, like [`read`], in either form.
pub fn read_form(
    form: Form,
    body: &[u8],
    header_key: Option<&str>,
    now: UnixMicros,
) -> Result<Vec<NewEvent>, InputErrors> {
    let mut errors = InputErrors::default();
    if let Some(Err(allowed)) = header_key.map(|key| characters(key, KEY_CHARS)) {
        errors.add("Idempotency-Key", "a header of another length", allowed);
    }
    let events = match form {
        Form::Lines => lines::read(body, now, &mut errors),
        Form::Json => json::document(body, &mut errors).and_then(|raw| read_value(raw, now, &mut errors)),
    };
    let mut events = errors.or(events)?;
    if let Some(header) = header_key {
        for (index, event) in events.iter_mut().enumerate() {
            event.idempotency_key.get_or_insert_with(|| format!("{header}#{index}"));
        }
    }
    Ok(events)
}

fn read_value(raw: &RawValue, now: UnixMicros, errors: &mut InputErrors) -> Option<Vec<NewEvent>> {
    if raw.get().starts_with('[') {
        return read_array(raw, "", now, errors);
    }
    let root = Object::read(raw, "", errors)?;
    if let Some(list) = root.get("events") {
        let events = read_array(list.raw, &list.pointer, now, errors);
        root.only(&["events"], errors);
        events
    } else if root.get(otlp::MEMBER).is_some() {
        otlp::read(raw, now, errors)
    } else {
        Some(Vec::from_iter(NewEvent::from_object(root, now, errors)))
    }
}

fn read_array(raw: &RawValue, pointer: &str, now: UnixMicros, errors: &mut InputErrors) -> Option<Vec<NewEvent>> {
    let elements = json::elements(raw, pointer, errors)?;
    limited(elements.len(), pointer, errors)?;
    let mut events = Vec::new();
    for (index, element) in elements.into_iter().enumerate() {
        events.extend(NewEvent::read(element, &format!("{pointer}/{index}"), now, errors));
    }
    Some(events)
}

/// Adds an error if there are no events, or too many.
fn limited(count: usize, pointer: &str, errors: &mut InputErrors) -> Option<()> {
    if (1..=REQUEST_EVENTS).contains(&count) {
        return Some(());
    }
    errors.add(pointer, format!("{count} events"), format!("1 to {REQUEST_EVENTS} events"));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a body of a given number of events.
    type Body = Box<dyn Fn(usize) -> String>;

    const NOW: UnixMicros = UnixMicros::new(1_795_000_000_000_000);

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
        let errors = read(body.as_bytes(), None, NOW).unwrap_err();
        let pointers: Vec<_> = errors.listed().iter().map(|error| error.pointer.as_str()).collect();
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

    #[test]
    fn every_form_of_a_body_has_the_same_events_limits_and_pointers() {
        let written =
            |count: usize, joint: &str| (0..count).map(|n| event(&n.to_string())).collect::<Vec<_>>().join(joint);
        let record = |event: String| serde_json::json!({"body": {"stringValue": event}}).to_string();
        let otlp = move |count: usize| {
            let records: Vec<_> = (0..count).map(|n| record(event(&n.to_string()))).collect();
            format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, records.join(","))
        };
        let forms: [(&str, Form, Body, &str, &str); 4] = [
            ("list", Form::Json, Box::new(list), "/events", "/events/1"),
            ("array", Form::Json, Box::new(move |count| format!("[{}]", written(count, ","))), "", "/1"),
            ("lines", Form::Lines, Box::new(move |count| written(count, "\r\n\n \n") + "\n"), "", "/1"),
            ("otlp", Form::Json, Box::new(otlp), "/resourceLogs", "/resourceLogs/0/scopeLogs/0/logRecords/1/body"),
        ];
        for (name, form, body, all, second) in forms {
            let read = |text: &str| read_form(form, text.as_bytes(), Some("k"), NOW);
            let events = read(&body(500)).unwrap();
            let found: Vec<_> =
                events.iter().map(|event| (event.actor.id.clone(), event.idempotency_key.clone())).collect();
            let sent: Vec<_> = (0..500).map(|n| (n.to_string(), Some(format!("k#{n}")))).collect();
            assert_eq!(found, sent, "{name}");
            for count in [0, 501] {
                let errors = read(&body(count)).unwrap_err();
                let fault = &errors.listed()[0];
                assert_eq!(
                    (fault.pointer.as_str(), fault.found.as_str()),
                    (all, &*format!("{count} events")),
                    "{name}"
                );
            }
            let misspelt = body(2).replacen("a.b", "A", 2).replacen("\"A\"", "\"a.b\"", 1);
            let misspelt = misspelt.replacen("\\\"A\\\"", "\\\"a.b\\\"", 1);
            assert_eq!(read(&misspelt).unwrap_err().listed()[0].pointer, format!("{second}/action"), "{name}");
        }
    }

    #[test]
    fn a_line_that_is_no_json_is_named_and_hides_no_other_input_error() {
        let body = format!("{}\n{{\n{}", event("x"), event("").replace("a.b", "A"));
        let errors = read_form(Form::Lines, body.as_bytes(), None, NOW).unwrap_err();
        let found: Vec<_> = errors.listed().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(found, ["/1", "/2/actor/id", "/2/action"]);
        assert!(errors.listed()[0].found.contains("line 2"), "{errors:?}");
    }

    #[test]
    fn a_log_record_is_an_event_as_text_and_as_a_map() {
        let details = r#"{"b":1.50,"a":[12345678901234567890,true,null,"é\n",{}]}"#;
        let text = event("x").replacen('{', &format!(r#"{{"details":{details},"#), 1);
        let as_text = serde_json::json!({"stringValue": text});
        let value = |kind: &str, value: &str| format!(r#"{{"{kind}":{value}}}"#);
        let member = |key: &str, value: String| format!(r#"{{"key":"{key}","value":{value}}}"#);
        let map = |members: &[String]| format!(r#"{{"kvlistValue":{{"values":[{}]}}}}"#, members.join(","));
        let array = [
            value("intValue", r#""12345678901234567890""#),
            value("boolValue", "true"),
            "{}".to_owned(),
            value("stringValue", r#""é\n""#),
            map(&[]),
        ];
        let as_map = map(&[
            member(
                "details",
                map(&[
                    member("b", value("doubleValue", "1.50")),
                    member("a", format!(r#"{{"arrayValue":{{"values":[{}]}}}}"#, array.join(","))),
                ]),
            ),
            member("occurred_at", value("stringValue", r#""2026-11-01T00:00:00Z""#)),
            member("actor", map(&[member("id", value("stringValue", r#""x""#))])),
            member("action", value("stringValue", r#""a.b""#)),
            member("result", value("stringValue", r#""failed""#)),
        ]);
        for body in [as_text.to_string(), as_map] {
            let body = format!(
                r#"{{"resourceLogs":[{{"resource":{{}},"scopeLogs":[{{"scope":{{}},"logRecords":[
                {{"timeUnixNano":"1","severityText":"INFO","body":{body},"attributes":[],"traceId":""}}]}}]}}]}}"#
            );
            let event = read(body.as_bytes(), None, NOW).unwrap().remove(0);
            assert_eq!(event.actor.id, "x");
            assert_eq!(event.details.unwrap().as_str(), details, "{body}");
        }
    }

    #[test]
    fn a_log_record_without_an_event_is_refused_at_its_place() {
        for body in [
            r#"{"stringValue":"started"}"#,
            r#"{"stringValue":""}"#,
            r#"{"intValue":"7"}"#,
            "{}",
            r#"{"doubleValue":"NaN"}"#,
        ] {
            let body = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{body}}}]}}]}}]}}"#);
            let errors = read(body.as_bytes(), None, NOW).unwrap_err();
            assert_eq!(errors.listed()[0].pointer, "/resourceLogs/0/scopeLogs/0/logRecords/0/body", "{body}");
        }
        let deep = r#"{"arrayValue":{"values":["#.repeat(60_000);
        for body in [
            r#"{"resourceLogs":7}"#.to_owned(),
            format!(
                r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{deep}{}"#,
                "]}}".repeat(60_000) + "}]}]}]}"
            ),
        ] {
            assert_eq!(read(body.as_bytes(), None, NOW).unwrap_err().count(), 1);
        }
    }

    #[test]
    fn only_a_media_type_of_lines_is_read_as_lines() {
        for lines in
            ["application/x-ndjson", "Application/X-NDJSON; charset=utf-8", "application/ndjson", "application/jsonl"]
        {
            assert_eq!(Form::of(Some(lines)), Form::Lines, "{lines}");
        }
        for json in
            [None, Some("application/json"), Some("application/x-www-form-urlencoded"), Some("text/plain"), Some("")]
        {
            assert_eq!(Form::of(json), Form::Json, "{json:?}");
        }
    }
}
