use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use audit_core::{IdKey, Seq, request};

use super::*;

const BODY: &str = r#"{"occurred_at":"2026-11-01T10:15:30.000001Z","actor":{"id":"usr_1"},"action":"a.b","result":"failed","details":{"n":1.0}}"#;

fn org(text: &str) -> OrgId {
    text.parse::<OrgId>().unwrap()
}

/// A batch of one event of `acme`, and the event.
fn batch() -> (RecordBatch, Event) {
    batch_of(BODY)
}

fn batch_of(body: &str) -> (RecordBatch, Event) {
    let now = UnixMicros::new(1_795_000_000_000_000);
    let new = request::read(body.as_bytes(), None, now).unwrap().remove(0);
    let event = new.into_event(org("acme"), &IdKey::new([7; 32]), now, 7);
    let mut rows = Rows::new();
    rows.push(Seq(0), None, &event);
    (rows.take().unwrap(), event)
}

/// The batch with another value in a text column.
fn with(name: &str, value: Option<&str>) -> RecordBatch {
    let (batch, _) = batch();
    let column: ArrayRef = Arc::new(StringArray::from(vec![value]));
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, was)| {
        let values = if field.name() == name { Arc::clone(&column) } else { Arc::clone(was) };
        (field.name().clone(), values, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn read(batch: &RecordBatch, org_id: &str) -> Result<Vec<Event>, String> {
    let events = Columns { key: "k", batch }.events(&org(org_id));
    events.map_err(|error| std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default())
}

#[test]
fn a_batch_comes_back_as_its_events() {
    let (batch, event) = batch();
    assert_eq!(read(&batch, "acme"), Ok(vec![event]));
}

#[test]
fn a_batch_without_one_of_its_columns_is_unreadable_and_the_column_is_named() {
    let (batch, _) = batch();
    // The others are for other readers and for leaves.
    assert_eq!(event_column_names().count() + 4, column_names().count());
    for name in event_column_names() {
        let kept: Vec<usize> = (0..batch.num_columns()).filter(|at| batch.schema().field(*at).name() != name).collect();
        let error = read(&batch.project(&kept).unwrap(), "acme").unwrap_err();
        assert!(error.contains(name), "{name}: {error}");
    }
}

#[test]
fn the_addresses_of_a_row_are_those_of_its_ip_in_their_canonical_form() {
    for (ip, addresses) in [
        (r#""[2001:DB8::1]:443, 203.0.113.7:80""#, Some("2001:db8::1,203.0.113.7")),
        (r#""unknown""#, None),
        ("null", None),
    ] {
        let batch = batch_of(&BODY.replace(r#""action""#, &format!(r#""context":{{"ip":{ip}}},"action""#))).0;
        let columns = Columns { key: "k", batch: &batch };
        assert_eq!(text(columns.texts("ip_addresses").unwrap(), 0), addresses, "{ip}");
    }
}

#[test]
fn a_row_of_another_org_is_unreadable() {
    let (batch, _) = batch();
    assert!(read(&batch, "acme2").is_err());
    assert!(read(&with("org_id", Some("other")), "acme").is_err());
}

#[test]
fn a_value_that_only_a_newer_version_knows_is_taken_as_it_is() {
    for (name, value) in [("actor_type", "robot"), ("action", "Action"), ("result", "maybe"), ("category", "dreams")] {
        let events = read(&with(name, Some(value)), "acme").unwrap();
        assert!(serde_json::json!(events[0]).to_string().contains(&format!(":\"{value}\"")), "{name}");
    }
}

#[test]
fn a_value_that_its_column_cannot_hold_is_unreadable() {
    for (name, value) in [
        ("id", Some("no id")),
        // An id of another instant.
        ("id", Some("0193535e-9e4b-774b-8000-000000000005")),
        ("id", None),
        ("org_id", Some("a#b")),
        ("actor_type", None),
        ("action", None),
        ("category", None),
        ("result", None),
        ("details", Some("[]")),
        ("details", Some("{")),
    ] {
        let error = read(&with(name, value), "acme").unwrap_err();
        assert!(!error.is_empty(), "{name} {value:?}");
    }
}

#[test]
fn the_texts_of_the_columns_have_the_order_of_the_flat_shape() {
    let own = ["id", "org_id", "ip_addresses"];
    let texts = COLUMNS.iter().filter(|(name, kind, _)| matches!(kind, Text) && !own.contains(name));
    assert!(texts.map(|(name, ..)| *name).eq(flat::NAMES));
}
