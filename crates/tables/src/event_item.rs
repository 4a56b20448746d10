//! A hot event as an item of the events table.
//!
//! Org, id and `occurred_at` are in the keys only, so that an ordinary event stays under 1 KB, one write unit.

use audit_core::{
    Event, OrgId,
    flat::{self, Malformed},
};

use crate::attributes::{Item, Reader, Writer};
use crate::error::TablesError;
use crate::keys;

pub(crate) fn write(event: &Event) -> Item {
    let writer = Writer::default()
        .text(keys::PK, keys::partition(&event.org_id, event.id.shard()))
        .text(keys::SK, keys::event(event.id))
        .text("ingested_at", event.ingested_at.to_string());
    let texts = flat::NAMES.into_iter().zip(event.texts());
    texts.fold(writer, |writer, (name, text)| writer.text_if(name, text)).item()
}

/// Reads an event of `org_id`.
///
/// # Errors
/// [`TablesError::Malformed`], also if the keys are not those of an event of `org_id`.
pub(crate) fn read(org_id: &OrgId, item: &Item) -> Result<Event, TablesError> {
    let reader = Reader { table: "events", item };
    let pk = reader.text(keys::PK)?;
    let id = reader.parsed(keys::SK, |sk| keys::read_event(org_id, &pk, sk))?;
    let mut texts = [const { None }; flat::NAMES.len()];
    for (name, text) in flat::NAMES.into_iter().zip(&mut texts) {
        *text = reader.text_if(name)?;
    }
    let event = Event::from_texts(id, org_id.clone(), reader.instant("ingested_at")?, texts);
    event.map_err(|Malformed(name)| reader.malformed(name))
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
        let (acme, now) = ("acme".parse::<OrgId>().unwrap(), UnixMicros::new(1_795_000_000_000_000));
        let event = request::read(BODY.as_bytes(), None, now).unwrap().remove(0).into_event(acme.clone(), now, 5);
        let item = write(&event);
        let mut attributes: Vec<_> =
            item.iter().map(|(name, text)| format!("{name}={}", text.as_s().unwrap())).collect();
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
