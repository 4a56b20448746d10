//! An event as the platform sends it: how it is read, checked, and gets its id.

use serde_json::value::RawValue;

use crate::action::Action;
use crate::catalog::Category;
use crate::details::Details;
use crate::event::{Actor, ActorType, Context, Event, EventResult, Target};
use crate::flat;
use crate::id::EventId;
use crate::id_key::IdKey;
use crate::invalid::{InputErrors, join};
use crate::json::{Object, Value, characters};
use crate::limits::{EVENT_BYTES, FIRST_INSTANT, IP_BYTES, KEY_CHARS, TEXT_BYTES};
use crate::org::OrgId;
use crate::time::UnixMicros;

/// The members of an event, under their names in the API.
pub const MEMBERS: &[&str] =
    &["occurred_at", "actor", "action", "target", "result", "failure_reason", "context", "details", "idempotency_key"];
/// The members of `actor`.
pub const ACTOR_MEMBERS: &[&str] = &["type", "id", "name", "email"];
/// The members of `target`.
pub const TARGET_MEMBERS: &[&str] = &["type", "id", "name"];
/// The members of `context`.
pub const CONTEXT_MEMBERS: &[&str] = &["ip", "user_agent", "request_id"];

/// A valid event that has no id yet.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// When it happened.
    pub occurred_at: UnixMicros,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: Action,
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
    /// The key that makes a repeat the same event.
    pub idempotency_key: Option<String>,
    canonical_details: Option<String>,
}

impl NewEvent {
    /// Reads one event of a request.
    ///
    /// # Errors
    /// Adds every error to `errors`, under `pointer`.
    pub fn read(raw: &RawValue, pointer: &str, now: UnixMicros, errors: &mut InputErrors) -> Option<Self> {
        Self::from_object(Object::read(raw, pointer, errors)?, now, errors)
    }

    /// Reads one event from its members.
    ///
    /// # Errors
    /// Adds every error to `errors`.
    pub fn from_object(object: Object<'_>, now: UnixMicros, errors: &mut InputErrors) -> Option<Self> {
        if object.bytes > EVENT_BYTES {
            let found = format!("an event of {} bytes", object.bytes);
            errors.add(object.pointer, found, format!("at most {EVENT_BYTES} bytes an event"));
            return None;
        }
        let event = object.only(MEMBERS, errors);
        let occurred_at = event.required("occurred_at", errors).and_then(|it| it.instant(FIRST_INSTANT, now, errors));
        let actor = event.required("actor", errors).and_then(|it| read_actor(&it, errors));
        let action = event.required("action", errors).and_then(|it| it.parsed(Action::ALLOWED, errors));
        let result = event.required("result", errors);
        let result = result.and_then(|it| it.parsed(&EventResult::TEXTS.join(" or "), errors));
        let target = event.optional("target").and_then(|it| read_target(&it, errors));
        let context = event.optional("context").and_then(|it| read_context(&it, errors));
        let failure_reason = event.text("failure_reason", errors);
        let idempotency_key =
            event.optional("idempotency_key").and_then(|it| it.checked(|key| characters(key, KEY_CHARS), errors));
        let details = event.optional("details").and_then(|it| Details::read(it.raw, &it.pointer, errors));
        let (details, canonical_details) = details.unzip();
        Some(Self {
            occurred_at: occurred_at?,
            actor: actor?,
            action: action?,
            target,
            result: result?,
            failure_reason,
            context,
            details,
            idempotency_key,
            canonical_details,
        })
    }

    /// Returns the event with its id, owner, category and time of storage.
    ///
    /// # Guarantees
    /// With an idempotency key, the id is a function of the org, its `id_key`, the idempotency key and the content, so
    /// a repeat gets the same id and any other event another one. `random` counts only without an idempotency key. The
    /// content is what is stored: times that differ only below the microsecond are equal.
    pub fn into_event(self, org_id: OrgId, id_key: &IdKey, ingested_at: UnixMicros, random: u64) -> Event {
        let mut event = Event {
            id: EventId::new(self.occurred_at, random),
            org_id,
            occurred_at: self.occurred_at,
            ingested_at,
            actor: self.actor,
            category: Category::of(&self.action),
            action: self.action,
            target: self.target,
            result: self.result,
            failure_reason: self.failure_reason,
            context: self.context,
            details: self.details,
        };
        if let Some(key) = self.idempotency_key {
            let tail = derived_tail(&event, id_key, &key, self.canonical_details.as_deref());
            event.id = EventId::new(event.occurred_at, tail);
        }
        event
    }
}

/// The first 62 bits of HMAC-SHA-256 over org, key and canonical content, each field after its length. The category,
/// which depends on the catalog, is not content.
fn derived_tail(event: &Event, id_key: &IdKey, key: &str, canonical_details: Option<&str>) -> u64 {
    let occurred_at = event.occurred_at.to_string();
    let content = flat::NAMES.into_iter().zip(event.texts()).filter_map(|(name, text)| match name {
        "category" => None,
        "details" => Some(canonical_details),
        _ => Some(text),
    });
    let fields = [event.org_id.as_str(), key, &occurred_at].map(Some).into_iter().chain(content);
    let parts = fields.flat_map(|field| match field {
        None => vec![vec![0]],
        Some(text) => vec![vec![1], (text.len() as u64).to_be_bytes().to_vec(), text.as_bytes().to_vec()],
    });
    id_key.tail(parts)
}

fn read_actor(value: &Value<'_>, errors: &mut InputErrors) -> Option<Actor> {
    let actor = Object::read(value.raw, &value.pointer, errors)?.only(ACTOR_MEMBERS, errors);
    let kind = match actor.optional("type") {
        Some(it) => it.parsed(&ActorType::TEXTS.join(", "), errors),
        None => Some(ActorType::USER),
    };
    let id = actor.required("id", errors).and_then(|it| it.text_within(TEXT_BYTES, errors));
    if id.as_ref().is_some_and(String::is_empty) {
        errors.add(join(&value.pointer, "id"), "an empty string", format!("an id of 1 to {TEXT_BYTES} bytes"));
    }
    let (name, email) = (actor.text("name", errors), actor.text("email", errors));
    Some(Actor { kind: kind?, id: id?, name, email })
}

fn read_target(value: &Value<'_>, errors: &mut InputErrors) -> Option<Target> {
    let target = Object::read(value.raw, &value.pointer, errors)?.only(TARGET_MEMBERS, errors);
    Target::from_parts(target.text("type", errors), target.text("id", errors), target.text("name", errors))
}

fn read_context(value: &Value<'_>, errors: &mut InputErrors) -> Option<Context> {
    let context = Object::read(value.raw, &value.pointer, errors)?.only(CONTEXT_MEMBERS, errors);
    let ip = context.optional("ip").and_then(|it| it.text_within(IP_BYTES, errors));
    Context::from_parts(ip, context.text("user_agent", errors), context.text("request_id", errors))
}

#[cfg(test)]
mod tests;
