//! Maps a CloudTrail record to an event.
//!
//! Everything that users search for becomes a member of the event. The record itself goes into `details`, byte for
//! byte. Values of an unexpected type count as absent, because CloudTrail's own shapes vary by service and by year.

use std::collections::BTreeMap;
use std::net::IpAddr;

use audit_core::Sha256;
use audit_core::limits::TEXT_BYTES;
use serde::Serialize;
use serde_json::value::RawValue;

use super::event::json_error;

/// The id of an actor without any id in the record; an event must have one.
const UNKNOWN: &str = "unknown";

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
struct Actor {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Serialize)]
struct Target {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    id: String,
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

/// Returns the JSON of the event of a line with a CloudTrail record.
///
/// `details` is the line's own text. The key is the record's `eventID`, or else the hash of the line.
///
/// # Errors
///
/// Why the line cannot become an event.
pub(super) fn event(line: &str) -> Result<String, String> {
    let record = Members::read(line).map_err(|error| json_error(&error))?;
    let required = |member| record.text(member).ok_or_else(|| format!("not a CloudTrail record: {member} is missing"));
    let failure_reason = failure_reason(&record);
    let event = Event {
        occurred_at: required("eventTime")?,
        actor: actor(&record.object("userIdentity")),
        action: action(&required("eventSource")?, &required("eventName")?),
        target: target(&record),
        result: if failure_reason.is_some() { "failed" } else { "succeeded" },
        failure_reason,
        context: context(&record),
        idempotency_key: record.text("eventID").unwrap_or_else(|| Sha256::of(line.as_bytes()).to_string()),
        details: serde_json::from_str(line).map_err(|error| json_error(&error))?,
    };
    serde_json::to_string(&event).map_err(|error| json_error(&error))
}

/// Returns why the call failed, or `None` if it did not.
fn failure_reason(record: &Members<'_>) -> Option<String> {
    let code = record.text("errorCode").or_else(|| record.json("errorCode").map(str::to_owned))?;
    let reason = match record.text("errorMessage") {
        Some(message) => format!("{code}: {message}"),
        None => code.clone(),
    };
    // A reason that is too long would cost the whole event, and the message is in the details anyway.
    Some(if reason.len() <= TEXT_BYTES { reason } else { code })
}

fn context(record: &Members<'_>) -> Option<Context> {
    // For a call that AWS makes itself, this is the name of a service.
    let ip = record.text("sourceIPAddress").filter(|ip| ip.parse::<IpAddr>().is_ok());
    let (user_agent, request_id) = (record.text("userAgent"), record.text("requestID"));
    let is_known = ip.is_some() || user_agent.is_some() || request_id.is_some();
    is_known.then_some(Context { ip, user_agent, request_id })
}

fn actor(identity: &Members<'_>) -> Actor {
    let ids = ["arn", "principalId", "invokedBy", "accountId", "type"];
    let id = ids.into_iter().find_map(|member| identity.text(member));
    Actor { kind: actor_type(identity), id: id.unwrap_or_else(|| UNKNOWN.to_owned()), name: actor_name(identity) }
}

fn actor_type(identity: &Members<'_>) -> &'static str {
    // S3 writes these account ids for a call that is not signed.
    let is_unsigned = || matches!(identity.text("accountId").as_deref(), Some("ANONYMOUS_PRINCIPAL" | "anonymous"));
    match identity.text("type").as_deref() {
        Some("AWSService") => "service",
        Some("AWSAccount") if is_unsigned() => "anonymous",
        // All other types are people, or roles and accounts that people assume.
        Some(_) => "user",
        None if identity.0.is_empty() => "anonymous",
        None if identity.text("invokedBy").is_some() => "service",
        None => "user",
    }
}

/// The user's name, or the role's name for an assumed role.
fn actor_name(identity: &Members<'_>) -> Option<String> {
    let is_role = identity.text("type").as_deref() == Some("AssumedRole");
    let role = || identity.object("sessionContext").object("sessionIssuer").text("userName");
    identity.text("userName").or_else(|| if is_role { role() } else { None })
}

/// The first of `resources`, or else the first name in `requestParameters` that is known to be a target's.
fn target(record: &Members<'_>) -> Option<Target> {
    let resource = record.first("resources");
    if let Some(id) = resource.text("ARN") {
        return Some(Target { kind: resource.text("type"), id });
    }
    let parameters = record.object("requestParameters");
    let instance = parameters.object("instancesSet").first("items");
    let names = [
        ("bucket", &parameters, "bucketName"),
        ("role", &parameters, "roleName"),
        ("user", &parameters, "userName"),
        ("instance", &parameters, "instanceId"),
        ("instance", &instance, "instanceId"),
        ("instance", &parameters, "instanceName"),
    ];
    let found = |(kind, object, member): (&str, &Members<'_>, &str)| {
        Some(Target { kind: Some(kind.to_owned()), id: object.text(member)? })
    };
    names.into_iter().find_map(found)
}

/// Returns the action of an event source and name: `s3.get_object` for `s3.amazonaws.com` and `GetObject`.
///
/// The action is two words of `[a-z][a-z0-9_]*`. It is never shortened: the service rejects an action that is too long.
fn action(source: &str, name: &str) -> String {
    let source = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    format!("{}.{}", word(&source.to_ascii_lowercase()), word(&snake_case(name)))
}

/// Converts a camel-case name to lower case with `_` between its words. An acronym is one word.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 8);
    for (index, letter) in letters.iter().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 && starts_a_word(&letters, index) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Returns whether the capital at `index` begins a word: `Get|Object`, `SSH|Public|Key`, but not the last of `VPCs`.
fn starts_a_word(letters: &[char], index: usize) -> bool {
    let at = |offset: usize| letters.get(index + offset);
    let before = letters[index - 1];
    if !before.is_ascii_uppercase() {
        return before.is_ascii_alphanumeric();
    }
    let plural = at(1) == Some(&'s') && at(2).is_none_or(|letter| !letter.is_ascii_lowercase());
    at(1).is_some_and(char::is_ascii_lowercase) && !plural
}

/// Replaces every character that a word of an action cannot contain by `_`.
fn word(text: &str) -> String {
    let is_allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let word: String = text.chars().map(|letter| if is_allowed(letter) { letter } else { '_' }).collect();
    let word = word.trim_start_matches('_');
    match word.chars().next() {
        Some(first) if first.is_ascii_lowercase() => word.to_owned(),
        Some(_) => format!("x_{word}"),
        None => "unknown".to_owned(),
    }
}

/// A JSON object whose members are still text.
///
/// A member that is not used is only checked to be JSON, so a number that fits no machine type rejects no record.
#[derive(Debug, Default)]
struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    fn read(json: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map(Self)
    }

    /// A member that is a string and not empty.
    fn text(&self, member: &str) -> Option<String> {
        serde_json::from_str(self.json(member)?).ok().filter(|text: &String| !text.is_empty())
    }

    /// A member that is an object, or else an empty object.
    fn object(&self, member: &str) -> Members<'a> {
        self.json(member).and_then(|json| Self::read(json).ok()).unwrap_or_default()
    }

    /// The first element of a member that is a list of objects, or else an empty object.
    fn first(&self, member: &str) -> Members<'a> {
        let list = self.json(member).and_then(|json| serde_json::from_str::<Vec<&RawValue>>(json).ok());
        let first = list.and_then(|list| list.first().copied());
        first.and_then(|first| Self::read(first.get()).ok()).unwrap_or_default()
    }

    /// The text of a member that is not null.
    fn json(&self, member: &str) -> Option<&'a str> {
        self.0.get(member).map(|raw| raw.get()).filter(|json| *json != "null")
    }
}

#[cfg(test)]
mod tests;
