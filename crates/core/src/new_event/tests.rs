use super::*;
use crate::json;
use crate::limits::FUTURE;

const NOW: UnixMicros = UnixMicros::new(1_795_000_000_000_000);

fn read(text: &str) -> Result<NewEvent, InputErrors> {
    let mut errors = InputErrors::default();
    let raw = json::document(text.as_bytes(), &mut errors);
    let event = raw.and_then(|raw| NewEvent::read(raw, "", NOW, &mut errors));
    errors.or(event)
}

fn with(member: &str) -> String {
    let base = [
        ("occurred_at", r#""2026-11-01T00:00:00.000001Z""#),
        ("actor", r#"{"id":"usr_1"}"#),
        ("action", r#""member.invited""#),
        ("result", r#""succeeded""#),
    ];
    let given = member.split('"').nth(1).unwrap_or_default().to_owned();
    let mut members: Vec<_> =
        base.iter().filter(|(name, _)| *name != given).map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
    members.extend((!member.is_empty()).then(|| member.to_owned()));
    format!("{{{}}}", members.join(","))
}

fn error_pointers(member: &str) -> Vec<String> {
    let errors = read(&with(member)).expect_err(member);
    errors.listed().iter().map(|error| error.pointer.clone()).collect()
}

const ID_KEY: IdKey = IdKey::new([0x5a; 32]);

fn id_with(text: &str, org: &str, id_key: &IdKey) -> EventId {
    read(text).unwrap().into_event(org.parse::<OrgId>().unwrap(), id_key, NOW, 7).id
}

fn id(text: &str) -> EventId {
    id_with(text, "acme", &ID_KEY)
}

#[test]
fn a_small_event_has_its_defaults() {
    let event = read(&with("")).unwrap();
    assert_eq!((event.actor.kind, event.target, event.context, event.details), (ActorType::USER, None, None, None));
}

#[test]
fn null_is_absent_and_an_empty_string_is_kept() {
    let event =
        read(&with(r#""failure_reason":"","target":{"id":"","name":null},"context":{"ip":null},"details":null"#))
            .unwrap();
    assert_eq!(event.failure_reason.as_deref(), Some(""));
    assert_eq!(event.target, Target::from_parts(None, Some(String::new()), None));
    assert_eq!((event.context, event.details), (None, None));
}

#[test]
fn each_bad_member_is_told_by_its_pointer() {
    let too_long = "x".repeat(2_049);
    for (member, pointer) in [
        (r#""contxt":{}"#.to_owned(), "/contxt"),
        (r#""actor":{"id":"a","ip":"1.2.3.4"}"#.to_owned(), "/actor/ip"),
        (r#""actor":{"id":7}"#.to_owned(), "/actor/id"),
        (r#""actor":{"id":""}"#.to_owned(), "/actor/id"),
        (r#""actor":{"name":"Ada"}"#.to_owned(), "/actor/id"),
        (r#""actor":"usr_1""#.to_owned(), "/actor"),
        (r#""actor":{"id":"a","type":"robot"}"#.to_owned(), "/actor/type"),
        (format!(r#""actor":{{"id":"{too_long}"}}"#), "/actor/id"),
        (format!(r#""target":{{"name":"{too_long}"}}"#), "/target/name"),
        (format!(r#""context":{{"user_agent":"{too_long}"}}"#), "/context/user_agent"),
        (format!(r#""failure_reason":"{too_long}""#), "/failure_reason"),
        (format!(r#""context":{{"ip":"{}"}}"#, "x".repeat(256)), "/context/ip"),
        (r#""context":{"ip":7}"#.to_owned(), "/context/ip"),
        (r#""occurred_at":"2026-11-01T00:00:00.0000000001Z""#.to_owned(), "/occurred_at"),
        (r#""action":"Member.Invited""#.to_owned(), "/action"),
        (r#""result":"success""#.to_owned(), "/result"),
        (r#""result":null"#.to_owned(), "/result"),
        (r#""details":[]"#.to_owned(), "/details"),
        (r#""details":{"a":{"b":1,"b":1}}"#.to_owned(), "/details/a/b"),
        (r#""idempotency_key":"""#.to_owned(), "/idempotency_key"),
        (r#""occurred_at":1795000000"#.to_owned(), "/occurred_at"),
        (r#""occurred_at":"1999-12-31T23:59:59.999999Z""#.to_owned(), "/occurred_at"),
        (r#""occurred_at":"2026-11-18T11:11:40.000001Z""#.to_owned(), "/occurred_at"),
    ] {
        assert_eq!(error_pointers(&member), [pointer], "{member}");
    }
}

#[test]
fn limits_hold_at_the_limit() {
    let longest = "x".repeat(2_048);
    for member in [
        format!(r#""actor":{{"id":"{longest}","name":"{longest}","email":"{longest}"}}"#),
        format!(r#""idempotency_key":"{}""#, "é".repeat(255)),
        format!(r#""context":{{"ip":"{}"}}"#, "x".repeat(255)),
        r#""occurred_at":"2026-11-01T00:00:00.123456789Z""#.to_owned(),
        r#""occurred_at":"2000-01-01T00:00:00Z""#.to_owned(),
        format!(r#""occurred_at":"{}""#, NOW.plus(FUTURE)),
    ] {
        assert!(read(&with(&member)).is_ok(), "{member}");
    }
    assert_eq!(error_pointers(&format!(r#""idempotency_key":"{}""#, "é".repeat(256))), ["/idempotency_key"]);
    let empty = with(r#""details":{"x":""}"#).len();
    let sized = |bytes| with(&format!(r#""details":{{"x":"{}"}}"#, "y".repeat(bytes - empty)));
    assert_eq!(sized(EVENT_BYTES).len(), EVENT_BYTES);
    assert!(read(&sized(EVENT_BYTES)).is_ok());
    assert!(read(&sized(EVENT_BYTES + 1)).is_err());
}

#[test]
fn a_key_makes_equal_events_one_and_anything_else_another() {
    let base = id(&with(r#""idempotency_key":"k","details":{"a":1,"b":"\u0041"}"#));
    assert_eq!(id(&with(r#""details":{"b":"A","a":1},"idempotency_key":"k","target":null"#)), base);
    for other in [
        r#""idempotency_key":"k2","details":{"a":1,"b":"A"}"#,
        r#""idempotency_key":"k","details":{"a":1.0,"b":"A"}"#,
        r#""idempotency_key":"k","details":{"a":1,"b":"A"},"failure_reason":"""#,
        r#""idempotency_key":"k","details":{"a":1,"b":"A"},"target":{"id":"x"}"#,
        r#""idempotency_key":"k","details":{"a":1,"b":"A"},"target":{"name":"x"}"#,
    ] {
        assert_ne!(id(&with(other)), base, "{other}");
    }
    assert_eq!(id(&with("")), id(&with("")), "without a key the random tail decides");
}

#[test]
fn equal_events_of_two_orgs_have_different_ids_and_so_have_those_of_two_keys_of_one_org() {
    let text = with(r#""idempotency_key":"k","details":{"a":1}"#);
    assert_eq!(id_with(&text, "acme", &ID_KEY), id(&text));
    assert_ne!(id_with(&text, "other", &ID_KEY), id(&text));
    let other_key = IdKey::new([0x5b; 32]);
    assert_ne!(
        id_with(&text, "acme", &other_key),
        id(&text),
        "a guess of the content cannot be tested without the key"
    );
    assert_eq!(id_with(&with(""), "acme", &other_key), id(&with("")), "without an idempotency key it does not count");
}

#[test]
fn with_a_key_times_of_one_microsecond_are_one_event() {
    let id = |at: &str| id(&with(&format!(r#""occurred_at":"{at}","idempotency_key":"k""#)));
    let stored = id("2026-11-01T00:00:00.123456Z");
    assert_eq!(id("2026-11-01T00:00:00.123456789Z"), stored);
    assert_eq!(id("2026-11-01T01:00:00.1234561+01:00"), stored);
    assert_ne!(id("2026-11-01T00:00:00.123457Z"), stored);
}

#[test]
fn what_a_proxy_writes_in_the_place_of_an_address_is_kept() {
    let texts =
        ["203.0.113.7:443", "203.0.113.7, 10.0.0.1", "[2001:db8::1]:443", "fe80::1%eth0", "unknown", "", "1.2.3.4"];
    for text in texts {
        let event = read(&with(&format!(r#""context":{{"ip":"{text}"}}"#))).unwrap();
        assert_eq!(event.context.unwrap().ip.as_deref(), Some(text));
    }
}

#[test]
fn the_derived_id_never_changes() {
    let text = with(r#""idempotency_key":"k","details":{"n":1.0}"#);
    assert_eq!(id(&text).to_string(), GOLDEN_ID);
}

/// Recomputed outside this code, with another implementation of the recipe.
const GOLDEN_ID: &str = "01a19467-e800-7004-8d2f-a9c8f73c5ae7";
