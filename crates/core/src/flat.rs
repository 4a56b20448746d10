//! The flat shape of an event: its id, owner and instants, and 15 named texts. Both tiers store an event like this.

use crate::action::Action;
use crate::catalog::Category;
use crate::details::Details;
use crate::event::{Actor, ActorType, Context, Event, EventResult, Target};
use crate::id::EventId;
use crate::leaf::{OPEN_TEXT_BYTES, OPEN_TEXTS};
use crate::org::OrgId;
use crate::time::UnixMicros;

/// The names of the texts: attributes of the events table and columns of a segment. Their order never changes, since ids
/// that are derived from idempotency keys depend on it.
pub const NAMES: [&str; 15] = [
    "actor_type",
    "actor_id",
    "actor_name",
    "actor_email",
    "action",
    "category",
    "target_type",
    "target_id",
    "target_name",
    "result",
    "failure_reason",
    "ip",
    "user_agent",
    "request_id",
    "details",
];

/// The name of a stored text that is required and missing, or malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is missing or malformed")]
pub struct Malformed(pub &'static str);

impl Event {
    /// Returns the texts in the order of [`NAMES`].
    pub fn texts(&self) -> [Option<&str>; NAMES.len()] {
        let Self { actor, target, context, .. } = self;
        let (target, context) = (target.as_ref(), context.as_ref());
        [
            Some(actor.kind.as_str()),
            Some(&actor.id),
            actor.name.as_deref(),
            actor.email.as_deref(),
            Some(self.action.as_str()),
            Some(self.category.as_str()),
            target.and_then(|target| target.kind.as_deref()),
            target.and_then(|target| target.id.as_deref()),
            target.and_then(|target| target.name.as_deref()),
            Some(self.result.as_str()),
            self.failure_reason.as_deref(),
            context.and_then(|context| context.ip.as_deref()),
            context.and_then(|context| context.user_agent.as_deref()),
            context.and_then(|context| context.request_id.as_deref()),
            self.details.as_ref().map(Details::as_str),
        ]
    }

    /// Builds a stored event from its texts, which are in the order of [`NAMES`].
    ///
    /// A value of a closed set is accepted as it is, since a newer version may have written it.
    ///
    /// # Errors
    /// The name of the first text that is missing or malformed, or that no leaf can contain.
    pub fn from_texts(
        id: EventId,
        org_id: OrgId,
        ingested_at: UnixMicros,
        texts: [Option<String>; NAMES.len()],
    ) -> Result<Self, Malformed> {
        let is_long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > OPEN_TEXT_BYTES);
        let mut long = NAMES.iter().zip(&texts).filter(|(_, text)| is_long(text)).map(|(name, _)| *name);
        if let Some(name) = long.find(|name| OPEN_TEXTS.contains(name)) {
            return Err(Malformed(name));
        }
        let [kind, actor_id, actor_name, email, action, category, target @ ..] = texts;
        let [target_type, target_id, target_name, result, failure_reason, ip, user_agent, request_id, details] = target;
        let required = |text: Option<String>, name| text.ok_or(Malformed(name));
        let details = details.map(|text| Details::from_stored(text).ok_or(Malformed("details")));
        Ok(Self {
            id,
            org_id,
            occurred_at: id.occurred_at(),
            ingested_at,
            actor: Actor {
                kind: ActorType::from_stored(required(kind, "actor_type")?),
                id: required(actor_id, "actor_id")?,
                name: actor_name,
                email,
            },
            action: Action::from_stored(required(action, "action")?),
            category: Category::from_stored(required(category, "category")?),
            target: Target::from_parts(target_type, target_id, target_name),
            result: EventResult::from_stored(required(result, "result")?),
            failure_reason,
            context: Context::from_parts(ip, user_agent, request_id),
            details: details.transpose()?,
        })
    }
}
