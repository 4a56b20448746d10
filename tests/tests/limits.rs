//! The limits in the README are the values of the constants that enforce them.

use audit_core::OrgId;
use audit_core::limits::{
    ACTION_BYTES, DETAILS_DEPTH, ERRORS_BYTES, ERRORS_LISTED, EVENT_BYTES, FILTER_VALUES, FIRST_INSTANT,
    FRACTION_DIGITS, FUTURE, IP_BYTES, KEY_CHARS, ORG_ID_CHARS, ORG_NAME_CHARS, ORG_REQUEST_BYTES, PAGE_BYTES,
    PAGE_EVENTS, PAGE_EVENTS_DEFAULT, PLAN_CACHE, PLAN_CHARS, REQUEST_BYTES, REQUEST_EVENTS, SESSION_LONGEST,
    SESSION_READS, SESSION_REQUEST_BYTES, SESSION_SHORTEST, TEXT_BYTES,
};
use audit_http::{Problem, ProblemKind};

const README: &str = include_str!("../../README.md");

/// Groups the digits of a number by thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

#[test]
fn the_table_of_limits_in_the_readme_states_the_constants() {
    let first_day = FIRST_INSTANT.day();
    let ahead = format!("{} minutes ahead of our clock", FUTURE.as_secs() / 60);
    let org_id = OrgId::ALLOWED;
    assert!(org_id.starts_with(&format!("1 to {ORG_ID_CHARS} characters of [A-Za-z0-9_-], and not ")), "{org_id}");
    let values_bytes = grouped(TEXT_BYTES);
    assert_eq!(ORG_REQUEST_BYTES, SESSION_REQUEST_BYTES, "one row states both");
    let used_up = Problem::from(ProblemKind::SessionUsedUp).body();
    assert!(used_up.contains(&format!("can read {} different", grouped(SESSION_READS as usize))), "{used_up}");
    let limits = [
        ("events in a request", REQUEST_EVENTS.to_string()),
        ("a request's body, as sent and after decompression", format!("{} bytes", grouped(REQUEST_BYTES))),
        ("one event's JSON, as sent", format!("{} bytes", grouped(EVENT_BYTES))),
        (
            "ids, names, e-mail, user agent, request id, `failure_reason`",
            format!("{} bytes of UTF-8", grouped(TEXT_BYTES)),
        ),
        ("`action`", format!("2 to 4 words `[a-z][a-z0-9_]*`, {ACTION_BYTES} bytes")),
        ("`idempotency_key`, header `Idempotency-Key`", format!("1 to {KEY_CHARS} characters")),
        (
            "`details`",
            format!("an object, {DETAILS_DEPTH} containers deep, no key twice in one object, no lone surrogate"),
        ),
        ("`occurred_at`", format!("from {first_day} up to {ahead}, {FRACTION_DIGITS} fraction digits")),
        ("`from`, `to`", "a UTC year of four digits".to_owned()),
        ("`context.ip`", format!("{IP_BYTES} bytes of UTF-8")),
        (
            "`org_id`",
            format!(
                "1 to {ORG_ID_CHARS} of `[A-Za-z0-9_-]`, and not `__HIVE_DEFAULT_PARTITION__`; no second id that differs only in case"
            ),
        ),
        ("an org's `name`, `plan`", format!("1 to {ORG_NAME_CHARS} characters; a word of at most {PLAN_CHARS}")),
        (
            "the body of `PUT /v1/orgs/{org_id}` or `POST …/viewer-sessions`",
            format!("{} bytes", grouped(ORG_REQUEST_BYTES)),
        ),
        ("a viewer session", format!("{} s to {} h", SESSION_SHORTEST.as_secs(), SESSION_LONGEST.as_secs() / 3600)),
        ("different filters and events that a viewer session reads", grouped(SESSION_READS as usize)),
        ("an org's `updated_at`", format!("RFC 3339, up to {ahead}")),
        ("the time of a `PUT` or `POST`", format!("{} s", audit_ingest::BUDGET.as_secs())),
        (&*format!("values of one repeated parameter, each at most {values_bytes} bytes"), FILTER_VALUES.to_string()),
        (
            "a page",
            format!(
                "{} events, {} bytes (always at least one event), {} s",
                grouped(PAGE_EVENTS),
                grouped(PAGE_BYTES),
                audit_query::BUDGET.as_secs()
            ),
        ),
        ("errors listed in one response", format!("{}, or {} KiB", grouped(ERRORS_LISTED), ERRORS_BYTES / 1024)),
        ("a cached positive answer about a plan", format!("{} s", PLAN_CACHE.as_secs())),
    ];
    let section = README.split("\n### Limits\n").nth(1).and_then(|text| text.split("\n## ").next());
    let rows = section.into_iter().flat_map(str::lines).filter(|line| line.starts_with("| ")).skip(2);
    let stated: Vec<_> = rows
        .map(|row| row.trim_matches('|').split('|').map(str::trim).take(2).collect::<Vec<_>>().join(": "))
        .collect();
    assert_eq!(stated, limits.map(|(name, limit)| format!("{name}: {limit}")));
}

#[test]
fn the_readme_states_the_bounds_of_limit() {
    assert!(README.contains(&format!("| `limit` | 1 to {PAGE_EVENTS}; default {PAGE_EVENTS_DEFAULT} |")));
}
