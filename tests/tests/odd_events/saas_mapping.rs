//! Makes an event of an entry of any audit log: the time, actor, action and target that it has, and the whole entry as
//! details.

use std::collections::HashMap;

use audit_core::{
    UnixMicros,
    limits::{IP_BYTES, TEXT_BYTES},
};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::sent::quoted;

/// When a log without a time happened.
const FIXED: &str = "2026-01-01T00:00:00.000000Z";
/// The members that contain a time, the most specific first.
const TIMES: [&str; 18] = [
    "p_event_time",
    "eventTime",
    "time",
    "timestamp",
    "created_at",
    "published",
    "createdAt",
    "CreatedAt",
    "creationtime",
    "CreationTime",
    "eventtime",
    "@timestamp",
    "requestReceivedTimestamp",
    "receiveTimestamp",
    "date",
    "created",
    "isotimestamp",
    "at_sign_timestamp",
];
const ACTORS: [&str; 12] = [
    "/userIdentity/arn",
    "/actor/id",
    "/actor/email_address",
    "/actor",
    "/user/name",
    "/user",
    "/username",
    "/user_name",
    "/USER_NAME",
    "/userId",
    "/user_id",
    "/p_any_usernames/0",
];
const ACTIONS: [&str; 8] =
    ["/eventName", "/action", "/operationName", "/actionName", "/event_type", "/eventType", "/type", "/name"];
const TARGETS: [&str; 7] =
    ["/resources/0/ARN", "/resourceId", "/target/id", "/target", "/repo", "/resource", "/protoPayload/resourceName"];
const ADDRESSES: [&str; 7] = [
    "/sourceIPAddress",
    "/callerIpAddress",
    "/ipAddress",
    "/client/ipAddress",
    "/sourceIP",
    "/actor/ip_address",
    "/ip_address",
];

/// A log as an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mapped {
    pub(crate) occurred_at: String,
    pub(crate) actor_id: String,
    pub(crate) action: String,
    pub(crate) target_id: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) details: String,
}

impl Mapped {
    /// Maps a line, its time and address as the log has them.
    pub(crate) fn of(line: &str) -> Self {
        let wrapped: HashMap<String, &RawValue> = serde_json::from_str(line).unwrap();
        let details = wrapped["log"].get().to_owned();
        let log: Value = serde_json::from_str(&details).unwrap();
        let kind: Option<String> = serde_json::from_str(wrapped["_log_type"].get()).unwrap();
        let action = first(&log, &ACTIONS).unwrap_or_default();
        Self {
            occurred_at: TIMES.iter().find_map(|name| time(&log[name])).unwrap_or_else(|| FIXED.to_owned()),
            actor_id: first(&log, &ACTORS).unwrap_or_else(|| "unknown".to_owned()),
            action: format!("{}.{}", word(&kind.unwrap_or_default()), word(&action)),
            target_id: first(&log, &TARGETS),
            ip: first(&log, &ADDRESSES),
            details,
        }
    }

    /// The same with a time and an address that can be accepted.
    pub(crate) fn mended(&self) -> Self {
        let day_and_hour = self.occurred_at.replacen(' ', "T", 1);
        let time = day_and_hour.trim_end_matches('Z').split('.').next().unwrap_or_default().to_owned() + "Z";
        let occurred_at = if time.parse::<UnixMicros>().is_ok() { time } else { FIXED.to_owned() };
        let ip = self.ip.clone().filter(|ip| ip.len() <= IP_BYTES);
        Self { occurred_at, ip, ..self.clone() }
    }

    /// The pointer and the allowed values of each error that the service must find.
    pub(crate) fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let at = &self.occurred_at;
        let fraction = at.get(20..).unwrap_or_default().bytes().take_while(u8::is_ascii_digit).count();
        let has_form = at.get(10..11) == Some("T") && at.ends_with('Z') && matches!(at.get(19..20), Some("." | "Z"));
        let checks = [
            (!has_form, "/occurred_at", "RFC 3339 with an offset"),
            (has_form && fraction > 9, "/occurred_at", "at most 9 fraction digits"),
            (has_form && fraction <= 9 && at.as_str() < "2000", "/occurred_at", "2000-01-01T00:00:00.000000Z or later"),
            (self.ip.as_ref().is_some_and(|ip| ip.len() > IP_BYTES), "/context/ip", "at most 255 bytes of UTF-8"),
        ];
        checks.into_iter().filter(|(is_fault, ..)| *is_fault).map(|(_, pointer, allowed)| (pointer, allowed)).collect()
    }

    /// The event as it is sent.
    pub(crate) fn line(&self) -> String {
        let id = |id: &Option<String>| id.as_deref().map_or("null".to_owned(), quoted);
        format!(
            r#"{{"occurred_at":{},"actor":{{"id":{}}},"action":{},"target":{{"id":{}}},"result":"succeeded","context":{{"ip":{}}},"details":{}}}"#,
            quoted(&self.occurred_at),
            quoted(&self.actor_id),
            quoted(&self.action),
            id(&self.target_id),
            id(&self.ip),
            self.details
        )
    }
}

/// A time as text: a date as it is, a number as seconds or milliseconds since 1970.
fn time(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (text.get(..5)?.ends_with('-')).then(|| text.clone()),
        Value::Number(number) => {
            let number = number.as_f64()?;
            let seconds = if number > 1e11 { number / 1e3 } else { number };
            Some(UnixMicros::new((seconds * 1e6) as i64).to_string())
        }
        _ => None,
    }
}

/// The first of some members that can be an id: a text or a number.
fn first(log: &Value, paths: &[&str]) -> Option<String> {
    let text = |path: &&str| match log.pointer(path)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    paths.iter().filter_map(text).find(|text| (1..=TEXT_BYTES).contains(&text.len()))
}

/// Any text as a word of an action.
fn word(text: &str) -> String {
    let letters = text.chars().take(60).map(|letter| match letter.to_ascii_lowercase() {
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '_',
    });
    format!("x_{}", letters.collect::<String>())
}
