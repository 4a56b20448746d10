//! The event as it is stored and returned.

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
    /// An IP address.
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

/// Declares an enum whose members have one text each, in JSON and in both tiers of storage.
macro_rules! texts {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $member:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $member),+ }

        impl $name {
            /// The texts of all members.
            pub const TEXTS: &[&str] = &[$($text),+];

            /// Parses the text of a member.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$member),)+ _ => None }
            }

            /// The text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text),+ }
            }
        }
    };
}

texts! {
    /// What kind of actor did it.
    ActorType {
        /// A person.
        User = "user",
        /// An API key.
        ApiKey = "api_key",
        /// A service of the platform or of others.
        Service = "service",
        /// The platform itself.
        System = "system",
        /// Somebody who was not signed in.
        Anonymous = "anonymous",
    }
}

texts! {
    /// Whether it succeeded.
    EventResult {
        /// It did.
        Succeeded = "succeeded",
        /// It did not.
        Failed = "failed",
    }
}
