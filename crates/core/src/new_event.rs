//! The event as the platform sends it: read, checked, and given its id.

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::action::Action;
use crate::catalog::Category;
use crate::details::Details;
use crate::event::{Actor, ActorType, Context, Event, EventResult, Target};
use crate::id::EventId;
use crate::invalid::{InputErrors, join, quoted};
use crate::json::{self, Member, kind};
use crate::limits::{EVENT_BYTES, FIRST_INSTANT_US, FRACTION_DIGITS, FUTURE_US, IP_BYTES, KEY_CHARS, TEXT_BYTES};
use crate::org::OrgId;
use crate::time::{TimeError, UnixMicros};

/// The members of an event, as the API names them.
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
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
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
    /// What makes a repeat of it the same event.
    pub idempotency_key: Option<String>,
    canonical_details: Option<String>,
}

impl NewEvent {
    /// Reads one event of a request.
    ///
    /// *Errors*: every fault is added to `faults`, under `pointer`; then the value must not be used.
    pub fn read(raw: &RawValue, pointer: &str, now: UnixMicros, errors: &mut InputErrors) -> Option<Self> {
        if raw.get().len() > EVENT_BYTES {
            let found = format!("an event of {} bytes", raw.get().len());
            errors.add(pointer, found, format!("at most {EVENT_BYTES} bytes an event"));
            return None;
        }
        let event = Object::read(raw, pointer, MEMBERS, errors)?;
        let occurred_at = event.required("occurred_at", errors).and_then(|it| it.instant(now, errors));
        let actor = event.required("actor", errors).and_then(|it| read_actor(&it, errors));
        let action = event.required("action", errors).and_then(|it| it.parsed(Action::parse, Action::ALLOWED, errors));
        let result = event
            .required("result", errors)
            .and_then(|it| it.parsed(EventResult::parse, &EventResult::TEXTS.join(" or "), errors));
        let target = event.optional("target").and_then(|it| read_target(&it, errors));
        let context = event.optional("context").and_then(|it| read_context(&it, errors));
        let failure_reason = event.text("failure_reason", errors);
        let idempotency_key = event.optional("idempotency_key").and_then(|it| it.key(errors));
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

    /// Gives the event its id, owner, category and time of storage.
    ///
    /// *Guarantees*: with an idempotency key the id is a function of org, key and content, so a repeat has the same id
    /// and anything else another; `random` counts only without a key. Content is what is stored: times that differ only
    /// below the microsecond are the same.
    pub fn stored(self, org_id: OrgId, ingested_at: UnixMicros, random: u64) -> Event {
        let tail = self.idempotency_key.as_deref().map_or(random, |key| self.derived_tail(&org_id, key));
        Event {
            id: EventId::new(self.occurred_at, tail),
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
        }
    }

    /// The first 62 bits of SHA-256 over org, key and canonical content, each field with its length before it.
    fn derived_tail(&self, org_id: &OrgId, key: &str) -> u64 {
        let target = self.target.as_ref();
        let context = self.context.as_ref();
        let occurred_at = self.occurred_at.to_string();
        let fields = [
            Some(org_id.as_str()),
            Some(key),
            Some(occurred_at.as_str()),
            Some(self.actor.kind.as_str()),
            Some(self.actor.id.as_str()),
            self.actor.name.as_deref(),
            self.actor.email.as_deref(),
            Some(self.action.as_str()),
            target.and_then(|it| it.kind.as_deref()),
            target.and_then(|it| it.id.as_deref()),
            target.and_then(|it| it.name.as_deref()),
            Some(self.result.as_str()),
            self.failure_reason.as_deref(),
            context.and_then(|it| it.ip.as_deref()),
            context.and_then(|it| it.user_agent.as_deref()),
            context.and_then(|it| it.request_id.as_deref()),
            self.canonical_details.as_deref(),
        ];
        let mut hash = Sha256::new();
        for field in fields {
            match field {
                None => hash.update([0]),
                Some(text) => {
                    hash.update([1]);
                    hash.update((text.len() as u64).to_be_bytes());
                    hash.update(text.as_bytes());
                }
            }
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hash.finalize()[..8]);
        u64::from_be_bytes(first) >> 2
    }
}

/// Checks an idempotency key of a member or a header.
pub fn key_fits(key: &str) -> bool {
    (1..=KEY_CHARS).contains(&key.chars().count())
}

fn read_actor(value: &Value<'_>, errors: &mut InputErrors) -> Option<Actor> {
    let actor = Object::read(value.raw, &value.pointer, ACTOR_MEMBERS, errors)?;
    let kind = match actor.optional("type") {
        Some(it) => it.parsed(ActorType::parse, &ActorType::TEXTS.join(", "), errors),
        None => Some(ActorType::USER),
    };
    let id = actor.required("id", errors).and_then(|it| it.text(errors)).and_then(|id| {
        if id.is_empty() {
            errors.add(join(&value.pointer, "id"), "an empty string", "an id of 1 to 2048 bytes");
        }
        Some(id).filter(|id| !id.is_empty())
    });
    let (name, email) = (actor.text("name", errors), actor.text("email", errors));
    Some(Actor { kind: kind?, id: id?, name, email })
}

fn read_target(value: &Value<'_>, errors: &mut InputErrors) -> Option<Target> {
    let target = Object::read(value.raw, &value.pointer, TARGET_MEMBERS, errors)?;
    Target::of(target.text("type", errors), target.text("id", errors), target.text("name", errors))
}

fn read_context(value: &Value<'_>, errors: &mut InputErrors) -> Option<Context> {
    let context = Object::read(value.raw, &value.pointer, CONTEXT_MEMBERS, errors)?;
    let ip = context.optional("ip").and_then(|it| it.text_within(IP_BYTES, errors));
    Context::of(ip, context.text("user_agent", errors), context.text("request_id", errors))
}

/// One JSON value and its place.
struct Value<'a> {
    raw: &'a RawValue,
    pointer: String,
}

impl Value<'_> {
    fn text(&self, errors: &mut InputErrors) -> Option<String> {
        self.text_within(TEXT_BYTES, errors)
    }

    fn text_within(&self, limit_bytes: usize, errors: &mut InputErrors) -> Option<String> {
        let text = json::string(self.raw, &self.pointer, errors)?;
        if text.len() > limit_bytes {
            let found = format!("{} bytes", text.len());
            errors.add(&self.pointer, found, format!("at most {limit_bytes} bytes of UTF-8"));
            return None;
        }
        Some(text)
    }

    fn parsed<T>(&self, parse: impl Fn(&str) -> Option<T>, allowed: &str, errors: &mut InputErrors) -> Option<T> {
        let text = json::string(self.raw, &self.pointer, errors)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            errors.add(&self.pointer, quoted(&text), allowed);
        }
        parsed
    }

    fn key(&self, errors: &mut InputErrors) -> Option<String> {
        self.parsed(|key| key_fits(key).then(|| key.to_owned()), "1 to 255 characters", errors)
    }

    fn instant(&self, now: UnixMicros, errors: &mut InputErrors) -> Option<UnixMicros> {
        let text = json::string(self.raw, &self.pointer, errors)?;
        let latest = UnixMicros(now.0 + FUTURE_US);
        let allowed = match UnixMicros::parse(&text) {
            Ok(at) if at.0 < FIRST_INSTANT_US => "2000-01-01T00:00:00Z or later".to_owned(),
            Ok(at) if at > latest => format!("at most 5 minutes ahead of our clock, {latest}"),
            Ok(at) => return Some(at),
            Err(TimeError::Form) => "RFC 3339 with an offset, such as 2026-11-22T10:15:30.123456Z".to_owned(),
            Err(TimeError::Fraction) => format!("at most {FRACTION_DIGITS} fraction digits"),
            Err(TimeError::LeapSecond) => "a second from 00 to 59".to_owned(),
        };
        errors.add(&self.pointer, quoted(&text), allowed);
        None
    }
}

/// The members of one JSON object, null ones left out.
struct Object<'a> {
    members: Vec<Member<'a>>,
    pointer: &'a str,
}

impl<'a> Object<'a> {
    /// *Errors*: a fault where it is no object, and at each member that `allowed` does not name.
    fn read(raw: &'a RawValue, pointer: &'a str, allowed: &[&str], errors: &mut InputErrors) -> Option<Self> {
        let mut members = json::members(raw, pointer, errors)?;
        for (_, name, value) in &members {
            if !allowed.contains(&name.as_str()) {
                let found = format!("an unknown member, {}", kind(value.get()));
                errors.add(join(pointer, name), found, allowed.join(", "));
            }
        }
        members.retain(|(_, _, value)| value.get() != "null");
        Some(Self { members, pointer })
    }

    fn optional(&self, name: &str) -> Option<Value<'a>> {
        let (_, _, raw) = self.members.iter().find(|(_, key, _)| key == name)?;
        Some(Value { raw, pointer: join(self.pointer, name) })
    }

    fn required(&self, name: &str, errors: &mut InputErrors) -> Option<Value<'a>> {
        let value = self.optional(name);
        if value.is_none() {
            errors.add(join(self.pointer, name), "nothing", "a value; it is required");
        }
        value
    }

    fn text(&self, name: &str, errors: &mut InputErrors) -> Option<String> {
        self.optional(name)?.text(errors)
    }
}

#[cfg(test)]
mod tests;
