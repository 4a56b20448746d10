//! The event as it is stored and returned.

use serde::Serialize;

use crate::action::Action;
use crate::catalog::Category;
use crate::details::Details;
use crate::id::EventId;
use crate::org::OrgId;
use crate::text_type::text_enum;
use crate::time::UnixMicros;

/// One immutable audit record: who did what, when, to what, and whether it succeeded.
///
/// Serializes to the JSON that the API returns; an absent member is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The id, and its position in the order.
    pub id: EventId,
    /// The owner.
    pub org_id: OrgId,
    /// When it happened, as claimed by the platform.
    pub occurred_at: UnixMicros,
    /// When we stored it, by our clock.
    pub ingested_at: UnixMicros,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
    /// The category of the action, fixed when the event is stored.
    pub category: Category,
    /// What it was done to.
    pub target: Option<Target>,
    /// Whether it succeeded.
    pub result: EventResult,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// Where the request came from.
    pub context: Option<Context>,
    /// Any further details.
    pub details: Option<Details>,
}

/// The actor of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The kind of actor.
    #[serde(rename = "type")]
    pub kind: ActorType,
    /// Its id on the platform.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
}

/// The target of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The kind of target.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its id on the platform.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

impl Target {
    /// Returns a target, or `None` if all parts are absent: an empty target is the same as none.
    pub fn from_parts(kind: Option<String>, id: Option<String>, name: Option<String>) -> Option<Self> {
        (kind.is_some() || id.is_some() || name.is_some()).then_some(Self { kind, id, name })
    }
}

/// The context of an event: where the request came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Context {
    /// The address, or the text that a proxy wrote instead; see [`crate::address`].
    pub ip: Option<String>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// The id of the request on the platform.
    pub request_id: Option<String>,
}

impl Context {
    /// Returns a context, or `None` if all parts are absent: an empty context is the same as none.
    pub fn from_parts(ip: Option<String>, user_agent: Option<String>, request_id: Option<String>) -> Option<Self> {
        (ip.is_some() || user_agent.is_some() || request_id.is_some()).then_some(Self { ip, user_agent, request_id })
    }
}

text_enum! {
    /// The kind of actor that did it.
    ActorType {
        /// A person.
        USER = "user",
        /// An API key.
        API_KEY = "api_key",
        /// A service of the platform or of others.
        SERVICE = "service",
        /// The platform itself.
        SYSTEM = "system",
        /// A caller who was not signed in.
        ANONYMOUS = "anonymous",
    }
}

text_enum! {
    /// Whether it succeeded.
    EventResult {
        /// The action succeeded.
        SUCCEEDED = "succeeded",
        /// The action failed.
        FAILED = "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_closed_set_is_checked_when_it_is_written_and_taken_when_it_is_read() {
        assert_eq!("api_key".parse(), Ok(ActorType::API_KEY));
        assert!("robot".parse::<ActorType>().is_err());
        assert_eq!(ActorType::from_stored("api_key".to_owned()), ActorType::API_KEY);
        assert_eq!(ActorType::from_stored("robot".to_owned()).as_str(), "robot");
        assert_eq!(serde_json::json!(EventResult::from_stored("partly".to_owned())), "partly");
        assert_eq!(EventResult::TEXTS, ["succeeded", "failed"]);
    }
}
