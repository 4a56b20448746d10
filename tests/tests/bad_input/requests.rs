//! The parser of events: arbitrary bytes, and valid events changed by a grammar.

use std::collections::BTreeMap;

use audit_core::{Event, InputErrors, UnixMicros, request};
use audit_tests::exact::compact;
use audit_tests::{ID_KEY, START, instant, org};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::value::RawValue;

use crate::bodies::body;
use crate::cases::config;

type Members = BTreeMap<String, Box<RawValue>>;

/// Reads a body; the result is either errors that point into it, or events that are returned as they were sent (I-8).
fn check(body: &[u8], header_key: Option<&str>) -> Result<(), TestCaseError> {
    match request::read(body, header_key, instant(START)) {
        Err(faults) => check_faults(&faults),
        Ok(events) => {
            let sent = sent(body);
            prop_assert_eq!(events.len(), sent.len());
            for (event, sent) in events.into_iter().zip(&sent) {
                let stored = event.into_event(org("acme"), &ID_KEY, instant(START), 7);
                check_event(&stored, sent)?;
            }
            Ok(())
        }
    }
}

fn check_faults(faults: &InputErrors) -> Result<(), TestCaseError> {
    prop_assert!(!faults.is_empty() && !faults.listed().is_empty() && faults.listed().len() <= faults.count());
    for fault in faults.listed() {
        prop_assert!(is_pointer(&fault.pointer) || fault.pointer == "Idempotency-Key", "{:?}", fault);
        prop_assert!(!fault.found.is_empty() && !fault.allowed.is_empty(), "{:?}", fault);
    }
    Ok(())
}

/// RFC 6901: empty, or tokens after `/` in which `~` occurs only before 0 or 1.
fn is_pointer(text: &str) -> bool {
    let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    escaped && (text.is_empty() || text.starts_with('/'))
}

/// The events of a body that was accepted, read independently of the code under test.
fn sent(body: &[u8]) -> Vec<Members> {
    if let Ok(array) = serde_json::from_slice(body) {
        return array;
    }
    let members: Members = serde_json::from_slice(body).unwrap();
    match members.get("events") {
        Some(events) => serde_json::from_str(events.get()).unwrap(),
        None => vec![members],
    }
}

/// The members that are returned, in the text in which they are returned.
fn check_event(stored: &Event, sent: &Members) -> Result<(), TestCaseError> {
    let json = serde_json::to_string(stored).unwrap();
    let returned: Members = serde_json::from_str(&json).unwrap();
    let text = |raw: Option<&Box<RawValue>>| raw.map_or("null", |raw| raw.get()).to_owned();
    prop_assert_eq!(text(returned.get("details")), compact(&text(sent.get("details"))));
    let instant = |members: &Members| serde_json::from_str::<String>(members["occurred_at"].get()).unwrap();
    prop_assert_eq!(instant(&returned).parse::<UnixMicros>(), instant(sent).parse::<UnixMicros>());
    for (path, names) in [
        ("", &["action", "result", "failure_reason"][..]),
        ("actor", &["id", "name", "email"]),
        ("target", &["type", "id", "name"]),
        ("context", &["ip", "user_agent", "request_id"]),
    ] {
        for name in names {
            prop_assert_eq!(said(&returned, path, name), said(sent, path, name), "{}/{}", path, name);
        }
    }
    check_again(stored, &returned)
}

/// What is returned can be sent again, and is then the same.
fn check_again(stored: &Event, returned: &Members) -> Result<(), TestCaseError> {
    let ours = ["id", "org_id", "category", "ingested_at"];
    let members: Vec<_> = returned.iter().filter(|(name, _)| !ours.contains(&name.as_str())).collect();
    let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let again = request::read(format!("{{{}}}", members.join(",")).as_bytes(), None, instant(START));
    let again = again.map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?.remove(0);
    let again = again.into_event(stored.org_id.clone(), &ID_KEY, stored.ingested_at, 7);
    prop_assert_eq!(&Event { id: stored.id, ..again }, stored);
    Ok(())
}

/// Returns the value of a member of the event, or of one of its objects: `None` for null and absent alike.
fn said(event: &Members, path: &str, name: &str) -> Option<String> {
    let object = match path {
        "" => return event.get(name).and_then(|raw| serde_json::from_str(raw.get()).unwrap()),
        path => event.get(path).and_then(|raw| serde_json::from_str::<Option<Members>>(raw.get()).unwrap()),
    };
    object?.get(name).and_then(|raw| serde_json::from_str(raw.get()).unwrap())
}

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn arbitrary_bytes_are_faults_or_events(bytes: Vec<u8>) {
        check(&bytes, None)?;
    }

    #[test]
    fn arbitrary_text_is_faults_or_events(text: String, key: Option<String>) {
        check(text.as_bytes(), key.as_deref())?;
    }

    #[test]
    fn a_legal_event_that_was_changed_is_refused_with_pointers_or_comes_back_as_it_went_in(body in body()) {
        check(&body, Some("header"))?;
    }
}

/// A grammar that generates only valid or only invalid events would test half of the parser.
#[test]
fn the_grammar_makes_events_that_pass_and_events_that_do_not() {
    let (mut passed, mut refused) = (0, 0);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..500 {
        let made = body().new_tree(&mut runner).unwrap().current();
        match request::read(&made, None, instant(START)) {
            Ok(_) => passed += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(passed >= 50 && refused >= 50, "{passed} passed, {refused} were refused");
}
