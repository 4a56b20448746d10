//! Maps a CloudTrail record to an event.
//!
//! Everything a person searches by becomes a member of the event; the record itself goes into `details`, byte for byte.
//! Values of an unexpected type count as absent: CloudTrail's own shapes vary by service and by year.

mod action;
mod actor;
mod object;
mod target;

use std::net::IpAddr;

use serde::Serialize;
use serde_json::value::RawValue;

use super::event::{fault, sha256_hex};
use actor::Actor;
use object::Object;
use target::Target;

/// The bytes of UTF-8 that the service takes in one text.
const TEXT_BYTES: usize = 2_048;

#[derive(Serialize)]
struct Event<'a> {
    occurred_at: String,
    actor: Actor,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
    idempotency_key: String,
    details: &'a RawValue,
}

#[derive(Serialize)]
struct Context {
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// The JSON of the event that a line with a CloudTrail record becomes.
///
/// *Guarantees*: `details` is the line's own text; the key is the record's `eventID`, or else the hash of the line.
///
/// *Errors*: why the line cannot become an event.
pub(crate) fn mapped(line: &str) -> Result<String, String> {
    let record = Object::read(line).map_err(|error| fault(&error))?;
    let needed = |member| record.text(member).ok_or_else(|| format!("not a CloudTrail record: {member} is missing"));
    let failure = failure_reason(&record);
    let event = Event {
        occurred_at: needed("eventTime")?,
        actor: Actor::of(&record.object("userIdentity")),
        action: action::named(&needed("eventSource")?, &needed("eventName")?),
        target: Target::of(&record),
        result: if failure.is_some() { "failed" } else { "succeeded" },
        failure_reason: failure,
        context: context(&record),
        idempotency_key: record.text("eventID").unwrap_or_else(|| sha256_hex(line.as_bytes())),
        details: serde_json::from_str(line).map_err(|error| fault(&error))?,
    };
    serde_json::to_string(&event).map_err(|error| fault(&error))
}

/// Why the call failed, `None` where it did not.
fn failure_reason(record: &Object<'_>) -> Option<String> {
    let code = record.text("errorCode").or_else(|| record.json("errorCode").map(str::to_owned))?;
    let reason = match record.text("errorMessage") {
        Some(message) => format!("{code}: {message}"),
        None => code.clone(),
    };
    // A reason that does not fit would cost the whole event; the message is in the details anyway.
    Some(if reason.len() <= TEXT_BYTES { reason } else { code })
}

fn context(record: &Object<'_>) -> Option<Context> {
    // A call that AWS makes itself has the name of a service here.
    let ip = record.text("sourceIPAddress").filter(|ip| ip.parse::<IpAddr>().is_ok());
    let (user_agent, request_id) = (record.text("userAgent"), record.text("requestID"));
    let told = ip.is_some() || user_agent.is_some() || request_id.is_some();
    told.then_some(Context { ip, user_agent, request_id })
}

#[cfg(test)]
mod tests;
