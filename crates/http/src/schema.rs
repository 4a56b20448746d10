//! The shapes of the API's bodies, for `openapi.json`. The bodies themselves are read and written by `audit-core`.
#![allow(dead_code, reason = "shapes are derived from these types; nothing makes values of them")]

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An event, as it is sent. Absent and null are the same; an unknown member is refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// When it happened: RFC 3339 with an offset, at most 9 fraction digits, from 2000-01-01 up to 5 minutes ahead. Digits after the sixth are dropped.
    #[schema(format = DateTime, example = "2026-11-22T10:15:30.123456Z")]
    pub occurred_at: String,
    /// Who did it.
    pub actor: Actor,
    /// What: 2 to 4 lower-case words joined by dots.
    #[schema(
        max_length = 128,
        pattern = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}$",
        example = "member.role_changed"
    )]
    pub action: String,
    /// What it was done to.
    pub target: Option<Target>,
    /// Whether it succeeded.
    pub result: EventResult,
    /// Why not.
    #[schema(max_length = 2048)]
    pub failure_reason: Option<String>,
    /// Where the request came from.
    pub context: Option<Context>,
    /// Any JSON object; comes back with the same keys, order, numbers and text.
    #[schema(value_type = Option<Object>)]
    pub details: Option<Value>,
    /// Makes a repeat of this event, with the same content, the same event.
    #[schema(min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
}

/// Who did it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// What kind of actor; `user` where absent.
    pub r#type: Option<ActorType>,
    /// Its id in the platform.
    #[schema(min_length = 1, max_length = 2048, example = "usr_17")]
    pub id: String,
    /// Its name.
    #[schema(max_length = 2048)]
    pub name: Option<String>,
    /// Its e-mail address.
    #[schema(max_length = 2048)]
    pub email: Option<String>,
}

/// What kind of actor did it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorType {
    /// A person.
    User,
    /// An API key.
    ApiKey,
    /// A service.
    Service,
    /// The platform itself.
    System,
    /// Somebody who was not signed in.
    Anonymous,
}

/// What it was done to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What kind of thing.
    #[schema(max_length = 2048)]
    pub r#type: Option<String>,
    /// Its id in the platform.
    #[schema(max_length = 2048)]
    pub id: Option<String>,
    /// Its name.
    #[schema(max_length = 2048)]
    pub name: Option<String>,
}

/// Whether it succeeded.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventResult {
    /// It did.
    Succeeded,
    /// It did not.
    Failed,
}

/// Where the request came from.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The address as it was seen, whatever a proxy wrote there; kept as it was sent.
    #[schema(max_length = 255)]
    pub ip: Option<String>,
    /// The user agent.
    #[schema(max_length = 2048)]
    pub user_agent: Option<String>,
    /// The platform's id of the request.
    #[schema(max_length = 2048)]
    pub request_id: Option<String>,
}

/// One event, or up to 500.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum NewEvents {
    /// A list of events.
    Many(NewEventList),
    /// An array of events.
    Array(NewEventArray),
    /// One event.
    One(Box<NewEvent>),
}

/// A list of events.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEventList {
    /// The events.
    #[schema(min_items = 1, max_items = 500)]
    pub events: Vec<NewEvent>,
}

/// An array of events.
#[derive(Deserialize, ToSchema)]
#[schema(min_items = 1, max_items = 500)]
pub struct NewEventArray(pub Vec<NewEvent>);

/// What became of each event of a request, in its order.
#[derive(Deserialize, ToSchema)]
pub struct Stored {
    /// One entry an event.
    pub events: Vec<StoredEvent>,
}

/// What became of one event.
#[derive(Deserialize, ToSchema)]
pub struct StoredEvent {
    /// Its id.
    #[schema(format = "uuid")]
    pub id: String,
    /// What became of it.
    pub status: StoredStatus,
}

/// What became of one event.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoredStatus {
    /// It is durable.
    Created,
    /// The same event was durable before.
    Duplicate,
    /// Nobody knows; send it again.
    Unknown,
}

/// An event, as it is returned.
#[derive(Deserialize, ToSchema)]
pub struct Event {
    /// Its id, a UUIDv7, which sorts as `occurred_at` does.
    #[schema(format = "uuid")]
    pub id: String,
    /// Its owner.
    pub org_id: String,
    /// When it happened, in UTC.
    #[schema(format = DateTime)]
    pub occurred_at: String,
    /// When we stored it.
    #[schema(format = DateTime)]
    pub ingested_at: String,
    /// Who.
    pub actor: RecordedActor,
    /// What.
    pub action: String,
    /// The catalog's group of the action when it was stored.
    pub category: String,
    /// On what.
    pub target: Option<Target>,
    /// Whether it succeeded: `succeeded`, `failed`, or what a newer version wrote.
    pub result: String,
    /// Why not.
    pub failure_reason: Option<String>,
    /// Where the request came from.
    pub context: Option<Context>,
    /// Anything else.
    #[schema(value_type = Option<Object>)]
    pub details: Option<Value>,
}

/// Who did it, as it is returned.
#[derive(Deserialize, ToSchema)]
pub struct RecordedActor {
    /// What kind of actor: one of those that may be sent, or what a newer version wrote.
    pub r#type: String,
    /// Its id in the platform.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
}

/// One page of a search.
#[derive(Deserialize, ToSchema)]
pub struct Page {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Where the next page begins; null, and only null, is the end. A page may be empty and have a cursor.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// Every match up to here has been returned.
    #[schema(format = DateTime)]
    pub scanned_through: String,
    /// Stored rows in the page's range that could not be read, where there are any; operators are told.
    pub skipped: Option<u64>,
}

/// An org's name and plan, as the platform sends them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgUpdate {
    /// Its name.
    #[schema(min_length = 1, max_length = 256, example = "Acme")]
    pub name: String,
    /// Its plan; audit logs are a feature of `enterprise`.
    #[schema(max_length = 64, pattern = "^[a-z][a-z0-9_]*$", example = "enterprise")]
    pub plan: String,
    /// When the platform made the change: RFC 3339 with an offset, at most 5 minutes ahead. An update that is older than the
    /// stored one is refused. Without it, updates count in the order in which they arrive.
    #[schema(format = DateTime, example = "2026-11-22T10:15:30.123456Z")]
    pub updated_at: Option<String>,
}

/// An org.
#[derive(Deserialize, ToSchema)]
pub struct Org {
    /// Its id.
    pub org_id: String,
    /// Its name.
    pub name: String,
    /// Its plan.
    pub plan: String,
    /// `active`.
    pub status: String,
    /// When the platform updated it last.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// The catalog of actions.
#[derive(Deserialize, ToSchema)]
pub struct Catalog {
    /// The categories, in order.
    pub categories: Vec<CatalogCategory>,
}

/// A category of the catalog.
#[derive(Deserialize, ToSchema)]
pub struct CatalogCategory {
    /// Its name.
    pub name: String,
    /// Its actions; `other` has none of its own and takes every action that is not listed.
    pub actions: Vec<String>,
}

/// An error, as RFC 9457 says.
#[derive(Deserialize, ToSchema)]
pub struct ProblemBody {
    /// What kind of problem; stable.
    #[schema(example = "urn:problem-type:audit:invalid-request")]
    pub r#type: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This very problem in words.
    pub detail: String,
    /// For a bad request: every fault.
    pub errors: Option<Vec<FaultBody>>,
    /// For `not-all-stored`: what became of each event.
    pub events: Option<Vec<StoredEvent>>,
    /// For `org-updated-since`: the org as it is stored.
    pub org: Option<Org>,
    /// For `segment-unreadable`: from when.
    pub from: Option<String>,
    /// For `segment-unreadable`: to when.
    pub to: Option<String>,
}

/// One fault of a request.
#[derive(Deserialize, ToSchema)]
pub struct FaultBody {
    /// A JSON pointer into the body, or `?` and the name of a query parameter.
    #[schema(example = "/events/3/actor/id")]
    pub pointer: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}
