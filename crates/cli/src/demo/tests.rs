use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Timelike as _};
use serde_json::Value;

use super::events;

/// Friday, 20 November 2026, 10:17 UTC.
const NOW_US: i64 = 1_795_169_820_000_000;

const CATALOG: [&str; 29] = [
    "member.invited",
    "member.removed",
    "member.role_changed",
    "organization.ownership_transferred",
    "api_key.created",
    "api_key.revoked",
    "billing.plan_changed",
    "billing.payment_method_updated",
    "billing.subscription_cancelled",
    "domain.added",
    "domain.removed",
    "cloud_account.connected",
    "cloud_account.disconnected",
    "repository.connected",
    "repository.disconnected",
    "monitor.created",
    "monitor.updated",
    "monitor.deleted",
    "escalation_policy.created",
    "escalation_policy.updated",
    "escalation_policy.deleted",
    "on_call_schedule.created",
    "on_call_schedule.updated",
    "on_call_schedule.deleted",
    "status_page.created",
    "status_page.updated",
    "status_page.deleted",
    "organization.name_changed",
    "organization.timezone_changed",
];

fn parsed(count: usize) -> Vec<Value> {
    events(NOW_US, count).map(|text| serde_json::from_str(&text).unwrap()).collect()
}

fn at(event: &Value) -> DateTime<chrono::FixedOffset> {
    DateTime::parse_from_rfc3339(event["occurred_at"].as_str().unwrap()).unwrap()
}

fn actions(events: &[Value]) -> BTreeSet<&str> {
    events.iter().map(|event| event["action"].as_str().unwrap()).collect()
}

#[test]
fn the_same_arguments_give_the_same_events() {
    assert!(events(NOW_US, 500).eq(events(NOW_US, 500)));
}

#[test]
fn as_many_events_come_as_are_asked_for() {
    for count in [0, 1, 59, 60, 61, 1_000] {
        assert_eq!(events(NOW_US, count).count(), count);
    }
}

#[test]
fn every_action_of_the_catalog_and_a_few_others_happen() {
    for count in [60, 2_000] {
        let events = parsed(count);
        let actions = actions(&events);
        let missing: Vec<_> = CATALOG.iter().filter(|action| !actions.contains(*action)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
    let events = parsed(2_000);
    let others: Vec<_> = actions(&events).into_iter().filter(|action| !CATALOG.contains(action)).collect();
    assert_eq!(others, ["report.exported", "session.created"]);
}

#[test]
fn times_lie_in_the_90_days_before_and_no_two_are_equal() {
    let events = parsed(20_000);
    let times: Vec<_> = events.iter().map(|event| at(event).timestamp_micros()).collect();
    assert!(times.is_sorted_by(|earlier, later| earlier < later));
    assert!(times[0] >= NOW_US - 90 * 86_400_000_000 && times[times.len() - 1] < NOW_US);
    let keys: BTreeSet<_> = events.iter().map(|event| event["idempotency_key"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), events.len());
}

#[test]
fn most_happens_in_working_hours() {
    let events = parsed(5_000);
    let working = events.iter().filter(|event| (8..18).contains(&at(event).hour())).count();
    assert!(working > events.len() * 8 / 10, "{working}");
    assert!(working < events.len());
}

#[test]
fn all_kinds_of_actors_act_and_some_fail_with_a_reason() {
    let events = parsed(3_000);
    let kinds: BTreeSet<_> = events.iter().map(|event| event["actor"]["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["anonymous", "api_key", "service", "system", "user"]));
    let people = events.iter().filter(|event| event["actor"]["type"] == "user");
    assert_eq!(people.map(|event| event["actor"]["id"].as_str().unwrap()).collect::<BTreeSet<_>>().len(), 12);
    let failed: Vec<_> = events.iter().filter(|event| event["result"] == "failed").collect();
    assert!((30..600).contains(&failed.len()), "{}", failed.len());
    assert!(events.iter().all(|event| (event["result"] == "failed") == event["failure_reason"].is_string()));
}

#[test]
fn addresses_are_reserved_for_documentation() {
    let ranges = ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"];
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for event in parsed(3_000) {
        if let Some(ip) = event["context"]["ip"].as_str() {
            assert!(ip.parse::<std::net::IpAddr>().is_ok(), "{ip}");
            seen.extend(ranges.iter().find(|range| ip.starts_with(**range)));
            assert!(ranges.iter().any(|range| ip.starts_with(range)), "{ip}");
        }
    }
    assert_eq!(seen.len(), ranges.len());
}

#[test]
fn a_change_starts_from_the_value_that_the_last_one_left() {
    let mut values = BTreeMap::new();
    let mut followed = 0;
    for event in parsed(5_000) {
        let succeeded = event["result"] == "succeeded";
        for change in event["details"]["changes"].as_array().into_iter().flatten() {
            assert_ne!(change["old"], change["new"], "{event}");
            let place = (event["target"]["id"].to_string(), change["field"].to_string());
            if let Some(last) = values.get(&place) {
                assert_eq!(*last, change["old"], "{event}");
                followed += 1;
            }
            if succeeded {
                values.insert(place, change["new"].clone());
            }
        }
    }
    assert!(followed > 1_000, "{followed}");
}

#[test]
fn the_incident_can_be_found() {
    let events = parsed(3_000);
    let intruder: Vec<_> = events.iter().filter(|event| event["context"]["ip"] == "203.0.113.66").collect();
    assert_eq!(intruder.len(), 15);
    assert!(intruder.iter().all(|event| at(event).hour() == 2));
    let done = |action: &str| intruder.iter().filter(|event| event["action"] == action).count();
    assert_eq!(done("api_key.created"), 1);
    assert_eq!(done("escalation_policy.deleted"), 3);
    assert_eq!(done("member.role_changed"), 1);
    assert_eq!(done("monitor.deleted"), 5);
}
