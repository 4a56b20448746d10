//! Hot rows of a chosen shard, and rows that cannot be read.

use audit_core::{Action, Actor, ActorType, Category, Details, Event, EventId, EventResult, UnixMicros};
use audit_local::stack::table_names;
use audit_tables::keys;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::StreamExt as _;
use futures::stream;

use crate::{TestStack, org};

/// Puts that are in flight concurrently.
const IN_FLIGHT: usize = 32;

/// An id at an instant in a shard, the first from `tail` on.
pub fn id_in(shard: u8, us: i64, tail: u64) -> EventId {
    let ids = (tail..).map(|tail| EventId::new(UnixMicros::new(us), tail));
    ids.into_iter().find(|id| id.shard() == shard).expect("a quarter of all ids")
}

/// An event of org `acme`, whose details have about `bytes` bytes.
pub fn event(id: EventId, actor: &str, bytes: usize) -> Event {
    let action = "member.invited".parse::<Action>().expect("an action");
    let details = (bytes > 0).then(|| format!(r#"{{"t":"{}"}}"#, "x".repeat(bytes)));
    Event {
        id,
        org_id: org("acme"),
        occurred_at: id.occurred_at(),
        ingested_at: id.occurred_at(),
        actor: Actor { kind: ActorType::USER, id: actor.to_owned(), name: None, email: None },
        category: Category::of(&action),
        action,
        target: None,
        result: EventResult::SUCCEEDED,
        failure_reason: None,
        context: None,
        details: details.and_then(Details::from_stored),
    }
}

/// Puts events into the hot tier.
pub async fn put(stack: &TestStack, events: &[Event]) {
    let puts = stream::iter(events).map(|event| stack.tables().events.put(event));
    puts.buffer_unordered(IN_FLIGHT).for_each(async |put| _ = put.expect("a put")).await;
}

/// Puts a row that cannot be read, under any sort key of a shard of org `acme`.
pub async fn put_unreadable(stack: &TestStack, shard: u8, sk: &str) {
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let row = [
        key(keys::PK, keys::partition(&org("acme"), shard)),
        key(keys::SK, sk.to_owned()),
        key("actor_id", "usr_7".to_owned()),
    ];
    let put = stack.dynamodb().put_item().table_name(table_names().events).set_item(Some(row.into()));
    put.send().await.expect("a put");
}
