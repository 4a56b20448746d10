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

#[cfg(test)]
mod tests {
    use audit_core::{UnixMicros, request};

    use super::*;

    const BODY: &str = r#"{"occurred_at":"2026-11-17T23:59:59.999999Z","actor":{"type":"api_key","id":"key_1","name":"CI",
        "email":"Ci@x.y"},"action":"member.invited","target":{"type":"user","id":"usr_2","name":"Ada"},"result":"failed",
        "failure_reason":"full","context":{"ip":"::1","user_agent":"curl","request_id":"r-1"},"details":{"b":1.0}}"#;

    #[test]
    fn the_item_of_an_event_never_changes_and_is_read_back() {
        let (acme, now) = (OrgId::parse("acme").unwrap(), UnixMicros(1_795_000_000_000_000));
        let event = request::read(BODY.as_bytes(), None, now).unwrap().remove(0).stored(acme.clone(), now, 5);
        let item = write(&event);
        let mut attributes: Vec<_> = item.iter().map(|(name, text)| format!("{name}={}", text.as_s().unwrap())).collect();
        attributes.sort();
        let expected = [
            "action=member.invited",
            "actor_email=Ci@x.y",
            "actor_id=key_1",
            "actor_name=CI",
            "actor_type=api_key",
            "category=team",
            r#"details={"b":1.0}"#,
            "failure_reason=full",
            "ingested_at=2026-11-18T11:06:40.000000Z",
            "ip=::1",
            "pk=acme#3",
            "request_id=r-1",
            "result=failed",
            "sk=2026-11-17T23:59:59.999999Z#01a1ebf4-03ff-7ffb-8000-000000000005",
            "target_id=usr_2",
            "target_name=Ada",
            "target_type=user",
            "user_agent=curl",
        ];
        assert_eq!(attributes, expected);
        assert_eq!(read(&acme, &item).unwrap(), event);
        for name in ["actor_type", "actor_id", "action", "category", "result"] {
            let mut without = item.clone();
            without.remove(name);
            let error = read(&acme, &without).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
