//! Reads what the service answered, and decides what it means for the events that were sent.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// What is known of one event after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// It is stored now.
    Created,
    /// It had been stored before.
    Duplicate,
    /// It may be stored or not.
    Unknown,
}

/// What an answer means for the request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Every event is stored; one status for each, none of them unknown.
    Stored(Vec<Status>),
    /// Nothing is stored, because of the events at these indices.
    Faulty(BTreeMap<usize, String>),
    /// Nothing is stored, and only smaller requests can tell because of which events.
    Divide(String),
    /// Another try may do it.
    Retry {
        /// Why it did not work.
        reason: String,
        /// The pause the server asks for.
        after: Option<Duration>,
        /// What is known: one status for each event, or nothing.
        known: Option<Vec<Status>>,
        /// Whether the events of which nothing is known may be stored all the same.
        unsure: bool,
    },
    /// No further try will do it.
    Stop {
        /// Why.
        reason: String,
        /// Whether the events may be stored all the same.
        unsure: bool,
    },
}

/// Reads the answer to a request of `sent` events.
///
/// *Shapes and units*: `retry_after` is the header's value; only its form in seconds is heeded.
pub(crate) fn read(status: u16, retry_after: Option<&str>, body: &[u8], sent: usize) -> Answer {
    let document = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let reason = reason(status, &document);
    let known = statuses(&document, sent);
    match status {
        200..=299 => match known {
            Some(statuses) if !statuses.contains(&Status::Unknown) => Answer::Stored(statuses),
            _ => Answer::Stop { reason: format!("{reason}, without a status for every event"), unsure: true },
        },
        400 => match faults(&document, sent) {
            faults if faults.is_empty() => Answer::Divide(reason),
            faults => Answer::Faulty(faults),
        },
        413 => Answer::Divide(reason),
        408 | 429 | 500..=599 => {
            let seconds = retry_after.and_then(|text| text.trim().parse().ok());
            Answer::Retry { reason, after: seconds.map(Duration::from_secs), known, unsure: status >= 500 }
        }
        _ => Answer::Stop { reason, unsure: false },
    }
}

/// The answer in words: the status, and what the body says about it.
fn reason(status: u16, document: &Value) -> String {
    // `message` is what API Gateway writes where it answers itself.
    let said = ["detail", "title", "message"].into_iter().find_map(|member| document.get(member)?.as_str());
    said.map_or_else(|| format!("HTTP {status}"), |said| format!("HTTP {status}: {said}"))
}

/// The statuses in a body, where there is one for every event.
fn statuses(document: &Value, sent: usize) -> Option<Vec<Status>> {
    let events = document.get("events")?.as_array().filter(|events| events.len() == sent)?;
    events.iter().map(|event| Status::deserialize(event.get("status")?).ok()).collect()
}

/// The faults in a body, by the index of the event whose they are.
fn faults(document: &Value, sent: usize) -> BTreeMap<usize, String> {
    let mut faults = BTreeMap::<usize, String>::new();
    for error in document.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let Some((index, place)) = error.get("pointer").and_then(Value::as_str).and_then(event_place) else {
            continue;
        };
        if index >= sent {
            continue;
        }
        let place = if place.is_empty() { "the event" } else { place };
        let fault = [("found", ": found "), ("allowed", ", allowed: ")].into_iter().fold(
            place.to_owned(),
            |fault, (member, words)| match error.get(member) {
                None | Some(Value::Null) => fault,
                Some(Value::String(text)) => format!("{fault}{words}{text}"),
                Some(other) => format!("{fault}{words}{other}"),
            },
        );
        let reason = faults.entry(index).or_default();
        if !reason.is_empty() {
            reason.push_str("; ");
        }
        reason.push_str(&fault);
    }
    faults
}

/// The index of the event in a pointer, and the pointer within the event.
fn event_place(pointer: &str) -> Option<(usize, &str)> {
    let rest = pointer.strip_prefix("/events/")?;
    let (index, place) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some((index.parse().ok()?, place))
}

#[cfg(test)]
mod tests;
