use super::*;
use crate::catalog;
use crate::id_key::IdKey;
use crate::request;
use crate::time::UnixMicros;

const LOCALES: [Locale; 2] = [Locale::En, Locale::De];

/// An event of Ada with these further members.
fn event(members: &str) -> Event {
    let now = UnixMicros::new(1_795_000_000_000_000);
    let body = format!(
        r#"{{"occurred_at":"2026-11-18T00:00:00Z","actor":{{"id":"usr_1","name":"Ada","email":"ada@x.y"}},{members}}}"#
    );
    let new = request::read(body.as_bytes(), None, now).unwrap().remove(0);
    new.into_event("acme".parse().unwrap(), &IdKey::new([7; 32]), now, 0)
}

fn sentence(members: &str, locale: Locale) -> String {
    tokens(&event(members), locale).into_iter().map(|token| token.text).collect()
}

#[test]
fn every_action_of_the_catalog_has_a_sentence_in_each_locale_for_both_results() {
    for (_, action) in catalog::entries().chain([("", "other")]) {
        for locale in LOCALES {
            let (done, failed) = (template(action, locale.as_str()), template(action, locale.as_str_failed()));
            let (done, failed) = (done.expect(action), failed.expect(action));
            assert!(done != failed && [done, failed].iter().all(|it| it.starts_with("{actor} ")), "{action}");
        }
    }
    let names: std::collections::BTreeSet<_> = TEMPLATES.keys().map(|(name, _)| *name).collect();
    let parts = ["other", "change", "addition", "removal", "more"];
    let known: std::collections::BTreeSet<_> = catalog::entries().map(|(_, action)| action).chain(parts).collect();
    assert_eq!(names, known);
}

#[test]
fn every_sentence_reads_well_with_and_without_a_target_a_change_and_a_reason() {
    for (_, action) in catalog::entries().chain([("", "teleporter.engaged")]) {
        for locale in LOCALES {
            for result in ["succeeded", "failed"] {
                for target in ["", r#","target":{"name":"T"}"#] {
                    for field in ["role", "owner", "plan", "name", "timezone", "other"] {
                        let details =
                            format!(r#","details":{{"changes":[{{"field":"{field}","old":"OLD","new":"b"}}]}}"#);
                        let members = format!(r#""action":"{action}","result":"{result}"{target}{details}"#);
                        let text = sentence(&members, locale);
                        let is_clean = !text.contains(['{', '}', '[', ']', '<', '>', '|']) && !text.contains("  ");
                        assert!(is_clean && text.trim() == text && text.starts_with("Ada "), "{text}");
                        assert!(text.contains(" OLD "), "the change is missing: {text}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_sentence_is_made_of_marked_values_and_plain_text() {
    let members = r#""action":"member.role_changed","target":{"id":"usr_2","name":"bob@x.y"},"result":"succeeded",
        "details":{"changes":[{"field":"role","old":"editor","new":"admin"}]}"#;
    assert_eq!(
        serde_json::json!(tokens(&event(members), Locale::En)),
        serde_json::json!([
            {"text": "Ada", "of": "actor"},
            {"text": " changed the role of "},
            {"text": "bob@x.y", "of": "target"},
            {"text": " from "},
            {"text": "editor", "of": "old"},
            {"text": " to "},
            {"text": "admin", "of": "new"},
        ])
    );
    assert_eq!(sentence(members, Locale::De), "Ada änderte die Rolle von bob@x.y von editor zu admin");
}

#[test]
fn a_failed_event_and_an_action_that_is_not_listed_say_so() {
    let failed = r#""action":"member.role_changed","result":"failed","failure_reason":"only admins can",
        "details":{"changes":[{"field":"role","old":"viewer","new":"admin"}]}"#;
    assert_eq!(
        sentence(failed, Locale::En),
        "Ada failed to change the role of a member from viewer to admin (only admins can)"
    );
    assert_eq!(
        sentence(failed, Locale::De),
        "Ada konnte die Rolle von einem Mitglied nicht von viewer zu admin ändern (only admins can)"
    );
    let other = r#""action":"report.exported","target":{"type":"report"},"result":"succeeded""#;
    assert_eq!(sentence(other, Locale::En), "Ada performed report.exported on report");
    assert_eq!(sentence(other, Locale::De), "Ada führte report.exported auf report aus");
    let bare = r#""action":"report.exported","result":"failed""#;
    assert_eq!(sentence(bare, Locale::En), "Ada failed to perform report.exported");
    assert_eq!(sentence(bare, Locale::De), "Ada konnte report.exported nicht ausführen");
}

#[test]
fn the_first_three_changes_are_named_and_the_others_counted() {
    let members = r#""action":"monitor.updated","target":{"id":"m1","name":""},"result":"succeeded","details":{"changes":[
        {"field":"interval_s","old":60,"new":9007199254740993},{"field":"regions","old":null,"new":["eu", "us"]},
        {"field":"note","old":"a\"b"},{"field":"paused","old":false,"new":true},{"field":"x","old":1,"new":2}]}"#;
    assert_eq!(
        sentence(members, Locale::En),
        r#"Ada updated monitor m1: interval_s from 60 to 9007199254740993, regions set to ["eu","us"], note a"b removed, 2 more"#
    );
    assert_eq!(
        sentence(members, Locale::De),
        r#"Ada aktualisierte den Monitor m1: interval_s von 60 auf 9007199254740993, regions auf ["eu","us"] gesetzt, note a"b entfernt, 2 weitere"#
    );
}

#[test]
fn details_of_another_form_are_ignored_and_long_values_are_shortened() {
    for changes in [r#""x""#, "{}", "null", r#"[1,"x",null,{}]"#, r#"[{"field":1,"old":1}]"#, r#"[{"field":"a"}]"#] {
        let members = format!(r#""action":"monitor.updated","result":"succeeded","details":{{"changes":{changes}}}"#);
        assert_eq!(sentence(&members, Locale::En), "Ada updated a monitor", "{changes}");
    }
    let (long, short) = ("ü".repeat(201), "ü".repeat(200));
    let changes = format!(r#"[{{"field":"a","old":"{short}","new":"{long}"}}]"#);
    let members = format!(r#""action":"monitor.updated","result":"succeeded","details":{{"changes":{changes}}}"#);
    assert_eq!(sentence(&members, Locale::En), format!("Ada updated a monitor: a from {short} to {short}…"));
}

#[test]
fn a_value_that_looks_like_a_template_is_text() {
    let members =
        r#""action":"member.removed","target":{"name":"{actor}[x|y]<a:b>"},"result":"failed","failure_reason":"{new}""#;
    assert_eq!(sentence(members, Locale::En), "Ada failed to remove {actor}[x|y]<a:b> ({new})");
}

#[test]
fn the_summary_is_the_last_member_and_absent_unless_requested() {
    let event = event(r#""action":"a.b","result":"succeeded","details":{"z":1.0,"a":12345678901234567890}"#);
    let plain = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::to_string(&Summarized::new(Cow::Borrowed(&event), None)).unwrap(), plain);
    let summarized = serde_json::to_string(&Summarized::new(Cow::Borrowed(&event), Some(Locale::En))).unwrap();
    let added = r#","summary":[{"text":"Ada","of":"actor"},{"text":" performed "},{"text":"a.b","of":"action"}]}"#;
    assert_eq!(summarized, format!("{}{added}", plain.strip_suffix('}').unwrap()));
}
