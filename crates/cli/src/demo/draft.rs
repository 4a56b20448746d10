//! An event before it has a time.

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use serde_json::Value;

use super::cast::Actor;

/// What happened, without when.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) actor: &'static Actor,
    pub(super) action: String,
    pub(super) target: Target,
    pub(super) failure_reason: Option<String>,
    /// The place in the actor's list of addresses.
    pub(super) ip: usize,
    pub(super) request: u64,
    pub(super) details: Option<Details>,
}

/// What it was done to.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Target {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) name: String,
}

/// What changed, and other things worth keeping.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Details {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'static str>,
}

/// One changed field.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Change {
    pub(super) field: &'static str,
    pub(super) old: Value,
    pub(super) new: Value,
}

#[derive(Serialize)]
struct Text<'a> {
    occurred_at: String,
    actor: Who,
    action: &'a str,
    target: &'a Target,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Details>,
    idempotency_key: &'a str,
}

#[derive(Serialize)]
struct Who {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'static str>,
}

#[derive(Serialize)]
struct Context {
    ip: &'static str,
    user_agent: Option<&'static str>,
    request_id: String,
}

impl Draft {
    /// The JSON of the event, as it is sent.
    pub(super) fn json(&self, at_us: i64, key: &str) -> String {
        let Actor { kind, id, name, email, ips, user_agent } = *self.actor;
        let ip = ips.get(self.ip % ips.len().max(1));
        let text = Text {
            occurred_at: DateTime::from_timestamp_micros(at_us)
                .unwrap_or_default()
                .to_rfc3339_opts(SecondsFormat::Micros, true),
            actor: Who { kind, id, name, email },
            action: &self.action,
            target: &self.target,
            result: if self.failure_reason.is_some() { "failed" } else { "succeeded" },
            failure_reason: self.failure_reason.as_deref(),
            context: ip.map(|ip| Context { ip, user_agent, request_id: format!("req_{:016x}", self.request) }),
            details: self.details.as_ref(),
            idempotency_key: key,
        };
        // These types hold nothing that JSON cannot.
        serde_json::to_string(&text).unwrap_or_default()
    }
}
