use std::collections::{BTreeMap, BTreeSet};

use audit_core::catalog;
use chrono::{DateTime, Datelike, FixedOffset, Timelike as _, Weekday};

use super::*;

/// Friday, 20 November 2026, 10:17 UTC.
const NOW: UnixMicros = UnixMicros::new(1_795_169_820_000_000);

fn parsed_events(count: usize) -> Vec<Value> {
    events(NOW, count).iter().map(|text| parsed(text)).collect()
}

fn at(event: &Value) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(event["occurred_at"].as_str().unwrap()).unwrap()
}

#[test]
fn the_same_arguments_return_the_same_events() {
    assert_eq!(events(NOW, 500), events(NOW, 500));
    assert_ne!(events(NOW, 500), events(UnixMicros::new(NOW.micros() + DAY_US), 500));
}

#[test]
fn the_story_is_complete_and_the_routine_fills_the_rest() {
    for (count, returned) in [(0, 168), (168, 168), (169, 169), (1_000, 1_000)] {
        assert_eq!(events(NOW, count).len(), returned);
    }
}

#[test]
fn every_action_of_the_catalog_happens_and_two_others() {
    // The service itself records the actions of this category.
    let platform = catalog::entries().filter(|(category, _)| *category != "audit_log");
    let catalog: BTreeSet<_> = platform.map(|(_, action)| action.to_owned()).collect();
    let actions = |count| -> BTreeSet<_> {
        parsed_events(count).iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(catalog.difference(&actions(0)).next(), None);
    let others: Vec<_> = actions(2_000).difference(&catalog).cloned().collect();
    assert_eq!(others, ["report.exported", "session.created"]);
}

#[test]
fn times_lie_in_the_90_days_before_and_no_two_are_equal() {
    let events = parsed_events(20_000);
    let times: Vec<_> = events.iter().map(|event| at(event).timestamp_micros()).collect();
    assert!(times.is_sorted_by(|earlier, later| earlier < later));
    assert!(times[0] >= NOW.micros() - 90 * DAY_US && times[times.len() - 1] < NOW.micros());
    let keys: BTreeSet<_> = events.iter().map(|event| event["idempotency_key"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), events.len());
}

#[test]
fn most_happens_in_working_hours_and_nothing_on_the_silent_weekend() {
    let events = parsed_events(5_000);
    let working = events.iter().filter(|event| (8..18).contains(&at(event).hour())).count();
    assert!((events.len() * 8 / 10..events.len()).contains(&working), "{working}");
    for today in 0..7 {
        let now = UnixMicros::new(NOW.micros() + today * DAY_US);
        let days: BTreeSet<_> = events_at(now).iter().map(|event| at(event).date_naive()).collect();
        let (first, last) = (*days.first().unwrap(), *days.last().unwrap());
        let silent: Vec<_> =
            first.iter_days().take_while(|day| *day < last).filter(|day| !days.contains(day)).collect();
        assert_eq!(silent.iter().map(Datelike::weekday).collect::<Vec<_>>(), [Weekday::Sat, Weekday::Sun], "{today}");
    }
}

fn events_at(now: UnixMicros) -> Vec<Value> {
    events(now, 8_000).iter().map(|text| parsed(text)).collect()
}

#[test]
fn all_kinds_of_actors_act_and_some_fail_with_a_reason() {
    let events = parsed_events(3_000);
    let kinds: BTreeSet<_> = events.iter().map(|event| event["actor"]["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["anonymous", "api_key", "service", "system", "user"]));
    let failed: Vec<_> = events.iter().filter(|event| event["result"] == "failed").collect();
    assert!((30..600).contains(&failed.len()), "{}", failed.len());
    assert!(events.iter().all(|event| (event["result"] == "failed") == event["failure_reason"].is_string()));
}

#[test]
fn addresses_are_reserved_for_documentation() {
    let ranges = ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"];
    for event in parsed_events(3_000) {
        if let Some(ip) = event["context"]["ip"].as_str() {
            assert!(ip.parse::<std::net::IpAddr>().is_ok(), "{ip}");
            assert!(ranges.iter().any(|range| ip.starts_with(range)), "{ip}");
        }
    }
}

#[test]
fn a_change_starts_from_the_value_that_the_last_one_left() {
    let mut values = BTreeMap::new();
    let mut followed = 0;
    for event in parsed_events(5_000) {
        for change in event["details"]["changes"].as_array().into_iter().flatten() {
            assert_ne!(change["old"], change["new"], "{event}");
            let place = (event["target"]["id"].to_string(), change["field"].to_string());
            if let Some(last) = values.get(&place) {
                assert_eq!(*last, change["old"], "{event}");
                followed += 1;
            }
            if event["result"] == "succeeded" {
                values.insert(place, change["new"].clone());
            }
        }
    }
    assert!(followed > 1_000, "{followed}");
}

#[test]
fn the_story_can_be_found() {
    let events = parsed_events(3_000);
    let found = |wanted: &dyn Fn(&Value) -> bool| events.iter().filter(|event| wanted(event)).count();
    let intruder: Vec<_> = events.iter().filter(|event| event["context"]["ip"] == "203.0.113.66").collect();
    assert_eq!(intruder.len(), 15);
    assert!(intruder.iter().all(|event| at(event).hour() == 2));
    assert_eq!(found(&|event| event["actor"]["id"] == "key_backup_sync"), 9);
    assert_eq!(found(&|event| event["target"]["id"] == "usr_91" && event["result"] == "succeeded"), 4);
    assert_eq!(found(&|event| event["target"]["id"] == "monitor_drift"), 98);
}
