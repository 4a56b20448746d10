//! OTLP logs as JSON, as the OpenTelemetry Collector sends them: the body of each log record is one event.
//!
//! If the body is a text, it is the JSON text of the event, and `details` are stored exactly as they were written. If
//! the body is a map, it is the event itself. The rest of a record (time, severity, attributes) is not part of an
//! event.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::limited;
use crate::invalid::InputErrors;
use crate::new_event::NewEvent;
use crate::time::UnixMicros;

/// The member by which such a body is recognized.
pub(super) const MEMBER: &str = "resourceLogs";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logs<'a> {
    #[serde(borrow)]
    resource_logs: Vec<ResourceLogs<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs<'a> {
    #[serde(borrow, default)]
    scope_logs: Vec<ScopeLogs<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs<'a> {
    #[serde(borrow, default)]
    log_records: Vec<LogRecord<'a>>,
}

#[derive(Deserialize)]
struct LogRecord<'a> {
    #[serde(borrow, default)]
    body: AnyValue<'a>,
}

/// A value; exactly one member is set, and none means null.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct AnyValue<'a> {
    #[serde(borrow)]
    string_value: Option<Cow<'a, str>>,
    bool_value: Option<bool>,
    /// A number, or its text, since not every JSON parser keeps 64 bits.
    #[serde(borrow)]
    int_value: Option<&'a RawValue>,
    #[serde(borrow)]
    double_value: Option<&'a RawValue>,
    #[serde(borrow)]
    bytes_value: Option<Cow<'a, str>>,
    #[serde(borrow)]
    array_value: Option<ArrayValue<'a>>,
    #[serde(borrow)]
    kvlist_value: Option<KeyValueList<'a>>,
}

#[derive(Deserialize)]
struct ArrayValue<'a> {
    #[serde(borrow, default)]
    values: Vec<AnyValue<'a>>,
}

#[derive(Deserialize)]
struct KeyValueList<'a> {
    #[serde(borrow, default)]
    values: Vec<KeyValue<'a>>,
}

#[derive(Deserialize)]
struct KeyValue<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow, default)]
    value: AnyValue<'a>,
}

/// Reads the events of all log records, in order.
pub(super) fn read(raw: &RawValue, now: UnixMicros, errors: &mut InputErrors) -> Option<Vec<NewEvent>> {
    let logs: Logs<'_> = match serde_json::from_str(raw.get()) {
        Ok(logs) => logs,
        Err(error) => {
            errors.add(format!("/{MEMBER}"), error.to_string(), "OTLP logs as JSON, up to 30 levels deep");
            return None;
        }
    };
    let records = || {
        (0..).zip(&logs.resource_logs).flat_map(|(resource, logs)| {
            (0..).zip(&logs.scope_logs).flat_map(move |(scope, logs)| {
                let place = move |record| format!("/{MEMBER}/{resource}/scopeLogs/{scope}/logRecords/{record}/body");
                (0..).zip(&logs.log_records).map(move |(record, log): (usize, _)| (place(record), &log.body))
            })
        })
    };
    limited(records().count(), &format!("/{MEMBER}"), errors)?;
    let mut events = Vec::new();
    for (pointer, body) in records() {
        let text = body.event();
        match serde_json::from_str::<&RawValue>(&text) {
            Ok(raw) => events.extend(NewEvent::read(raw, &pointer, now, errors)),
            Err(error) => errors.add(pointer, error.to_string(), "the JSON text of one event, or a map"),
        }
    }
    Some(events)
}

impl AnyValue<'_> {
    /// Returns the JSON text of the event.
    fn event(&self) -> Cow<'_, str> {
        match &self.string_value {
            Some(text) => Cow::Borrowed(text),
            None => {
                let mut text = String::new();
                self.write(&mut text);
                Cow::Owned(text)
            }
        }
    }

    /// Writes the value as JSON. A number that JSON cannot express stays the text that was sent.
    fn write(&self, into: &mut String) {
        if let Some(text) = self.string_value.as_ref().or(self.bytes_value.as_ref()) {
            quote(text, into);
        } else if let Some(value) = self.bool_value {
            into.push_str(if value { "true" } else { "false" });
        } else if let Some(number) = self.int_value.or(self.double_value) {
            let text = number.get().trim_matches('"');
            let is_number = serde_json::from_str::<serde_json::Number>(text).is_ok();
            into.push_str(if is_number { text } else { number.get() });
        } else if let Some(array) = &self.array_value {
            write_all(into, '[', &array.values, ']', AnyValue::write);
        } else if let Some(map) = &self.kvlist_value {
            write_all(into, '{', &map.values, '}', |member, into| {
                quote(&member.key, into);
                into.push(':');
                member.value.write(into);
            });
        } else {
            into.push_str("null");
        }
    }
}

fn quote(text: &str, into: &mut String) {
    // A text is always written; its `Display` is its JSON.
    _ = write!(into, "{}", serde_json::Value::from(text));
}

fn write_all<T>(into: &mut String, open: char, values: &[T], close: char, write: impl Fn(&T, &mut String)) {
    into.push(open);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            into.push(',');
        }
        write(value, into);
    }
    into.push(close);
}
