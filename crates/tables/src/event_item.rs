//! A hot event as an item of the events table.
//!
//! Org, id and `occurred_at` stand in the keys and nowhere else, so that an ordinary event stays under 1 KB, one write unit.

use audit_core::{Action, Actor, ActorType, Category, Context, Details, Event, EventResult, OrgId, Target};

use crate::attributes::{Item, Reader, Writer};
use crate::error::TablesError;
use crate::keys;

pub(crate) fn write(event: &Event) -> Item {
    let target = event.target.as_ref();
    let context = event.context.as_ref();
    Writer::default()
        .text(keys::PK, keys::partition(&event.org_id, event.id.shard()))
        .text(keys::SK, keys::event(event.id))
        .text("ingested_at", event.ingested_at.to_string())
        .text("actor_type", event.actor.kind.as_str())
        .text("actor_id", &event.actor.id)
        .text_if("actor_name", event.actor.name.as_deref())
        .text_if("actor_email", event.actor.email.as_deref())
        .text("action", event.action.as_str())
        .text("category", event.category.as_str())
        .text_if("target_type", target.and_then(|it| it.kind.as_deref()))
        .text_if("target_id", target.and_then(|it| it.id.as_deref()))
        .text_if("target_name", target.and_then(|it| it.name.as_deref()))
        .text("result", event.result.as_str())
        .text_if("failure_reason", event.failure_reason.as_deref())
        .text_if("ip", context.and_then(|it| it.ip.as_deref()))
        .text_if("user_agent", context.and_then(|it| it.user_agent.as_deref()))
        .text_if("request_id", context.and_then(|it| it.request_id.as_deref()))
        .text_if("details", event.details.as_ref().map(Details::as_str))
        .item()
}

/// Values of closed sets are taken as they are: a newer version may have written others.
///
/// *Errors*: [`TablesError::Malformed`], also where the keys are not those of an event of `org_id`.
pub(crate) fn read(org_id: &OrgId, item: &Item) -> Result<Event, TablesError> {
    let reader = Reader { table: "events", item };
    let pk = reader.text(keys::PK)?;
    let id = reader.parsed(keys::SK, |sk| keys::read_event(org_id, &pk, sk))?;
    let actor = Actor {
        kind: ActorType::stored(reader.text("actor_type")?),
        id: reader.text("actor_id")?,
        name: reader.text_if("actor_name")?,
        email: reader.text_if("actor_email")?,
    };
    let details = match reader.text_if("details")? {
        Some(text) => Some(Details::stored(text).ok_or_else(|| reader.malformed("details"))?),
        None => None,
    };
    Ok(Event {
        id,
        org_id: org_id.clone(),
        occurred_at: id.occurred_at(),
        ingested_at: reader.instant("ingested_at")?,
        actor,
        action: Action::stored(reader.text("action")?),
        category: Category::stored(reader.text("category")?),
        target: Target::of(
            reader.text_if("target_type")?,
            reader.text_if("target_id")?,
            reader.text_if("target_name")?,
        ),
        result: EventResult::stored(reader.text("result")?),
        failure_reason: reader.text_if("failure_reason")?,
        context: Context::of(reader.text_if("ip")?, reader.text_if("user_agent")?, reader.text_if("request_id")?),
        details,
    })
}
