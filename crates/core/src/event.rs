//! The event as it is stored and returned.

use std::borrow::Cow;

use serde::Serialize;

use crate::action::Action;
use crate::catalog::Category;
use crate::details::Details;
use crate::id::EventId;
use crate::org::OrgId;
use crate::time::UnixMicros;

/// One immutable audit record: who did what, when, to what, and whether it succeeded.
///
/// *Shapes and units*: serialises to the JSON that the API returns; a member that was absent is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The id, and the place in the order.
    pub id: EventId,
    /// The owner.
    pub org_id: OrgId,
    /// When it happened, as the platform says.
    pub occurred_at: UnixMicros,
    /// When we stored it, by our clock.
    pub ingested_at: UnixMicros,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// The catalog's group of the action, fixed when it was stored.
    pub category: Category,
    /// On what.
    pub target: Option<Target>,
    /// Whether it succeeded.
    pub result: EventResult,
    /// Why not.
    pub failure_reason: Option<String>,
    /// Where the request came from.
    pub context: Option<Context>,
    /// Anything else.
    pub details: Option<Details>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// What kind of actor.
    #[serde(rename = "type")]
    pub kind: ActorType,
    /// Its id in the platform.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// What kind of thing.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its id in the platform.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

impl Target {
    /// A target, `None` where nothing is told about it: absent and empty are the same.
    pub fn of(kind: Option<String>, id: Option<String>, name: Option<String>) -> Option<Self> {
        (kind.is_some() || id.is_some() || name.is_some()).then_some(Self { kind, id, name })
    }
}

/// Where the request came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Context {
    /// The address, or whatever a proxy wrote in its place; see [`crate::address`].
    pub ip: Option<String>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// The platform's id of the request.
    pub request_id: Option<String>,
}

impl Context {
    /// A context, `None` where nothing is told: absent and empty are the same.
    pub fn of(ip: Option<String>, user_agent: Option<String>, request_id: Option<String>) -> Option<Self> {
        (ip.is_some() || user_agent.is_some() || request_id.is_some()).then_some(Self { ip, user_agent, request_id })
    }
}

/// Declares a type of texts, of which a closed set is known.
///
/// A new value is checked against the set when it is written, and taken as it is when it is read from a store: so an
/// older version reads what a newer one wrote.
macro_rules! texts {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $member:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            $($(#[$doc])* pub const $member: Self = Self(Cow::Borrowed($text));)+

            /// The texts that may be written.
            pub const TEXTS: &[&str] = &[$($text),+];

            /// Parses a text that may be written.
            pub fn parse(text: &str) -> Option<Self> {
                Self::TEXTS.iter().find(|known| **known == text).map(|known| Self(Cow::Borrowed(known)))
            }

            /// Takes a text as it was stored, which a newer version may have written.
            pub fn stored(text: impl Into<String> + AsRef<str>) -> Self {
                Self::parse(text.as_ref()).unwrap_or_else(|| Self(Cow::Owned(text.into())))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

texts! {
    /// What kind of actor did it.
    ActorType {
        /// A person.
        USER = "user",
        /// An API key.
        API_KEY = "api_key",
        /// A service of the platform or of others.
        SERVICE = "service",
        /// The platform itself.
        SYSTEM = "system",
        /// Somebody who was not signed in.
        ANONYMOUS = "anonymous",
    }
}

texts! {
    /// Whether it succeeded.
    EventResult {
        /// It did.
        SUCCEEDED = "succeeded",
        /// It did not.
        FAILED = "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_closed_set_is_checked_when_it_is_written_and_taken_when_it_is_read() {
        assert_eq!(ActorType::parse("api_key"), Some(ActorType::API_KEY));
        assert_eq!(ActorType::parse("robot"), None);
        assert_eq!(ActorType::stored("api_key"), ActorType::API_KEY);
        assert_eq!(ActorType::stored("robot".to_owned()).as_str(), "robot");
        assert_eq!(serde_json::json!(EventResult::stored("partly")), "partly");
        assert_eq!(EventResult::TEXTS, ["succeeded", "failed"]);
    }
}
