//! The actor of a CloudTrail record.

use serde::Serialize;

use super::object::Object;

/// The id of an actor about whom nothing is told; an event cannot do without one.
const UNKNOWN: &str = "unknown";

/// Who made the call.
#[derive(Serialize)]
pub(super) struct Actor {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl Actor {
    /// Reads `userIdentity`, empty where the record has none.
    pub(super) fn of(identity: &Object<'_>) -> Self {
        let ids = ["arn", "principalId", "invokedBy", "accountId", "type"];
        let id = ids.into_iter().find_map(|member| identity.text(member));
        Self { kind: kind(identity), id: id.unwrap_or_else(|| UNKNOWN.to_owned()), name: name(identity) }
    }
}

fn kind(identity: &Object<'_>) -> &'static str {
    match identity.text("type").as_deref() {
        Some("AWSService") => "service",
        Some("AWSAccount") if is_unsigned(identity) => "anonymous",
        // All other types are people, or roles and accounts that people take.
        Some(_) => "user",
        None if identity.is_empty() => "anonymous",
        None if identity.text("invokedBy").is_some() => "service",
        None => "user",
    }
}

/// Whether this is how S3 writes a call that nobody signed.
fn is_unsigned(identity: &Object<'_>) -> bool {
    matches!(identity.text("accountId").as_deref(), Some("ANONYMOUS_PRINCIPAL" | "anonymous"))
}

/// The user's name, or for an assumed role the role's.
fn name(identity: &Object<'_>) -> Option<String> {
    let is_role = identity.text("type").as_deref() == Some("AssumedRole");
    let role = || identity.object("sessionContext").object("sessionIssuer").text("userName");
    identity.text("userName").or_else(|| if is_role { role() } else { None })
}
