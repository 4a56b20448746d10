//! What goes wrong when events are counted, one trap a test.

use std::collections::BTreeMap;
use std::time::Duration;

use audit_core::{Category, Event, EventResult};
use audit_http::{CallerSource, service};
use audit_tests::acme::{ORG, acme, event, events, events_of_days, start};
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::rows::{self, id_in, put, put_unreadable};
use audit_tests::steps::{STOPS, pass_until};
use audit_tests::{TestStack, instant};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Queries that are answered by records, by columns, and by both.
const GROUPINGS: [&str; 6] = [
    "",
    "group_by=time&interval=1d",
    "group_by=action",
    "group_by=actor",
    "group_by=time,result&interval=1h",
    "actor=usr_1",
];

async fn ask(api: &Api, query: &str) -> Value {
    let answer = api.get(&format!("/v1/orgs/{ORG}/stats?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text);
    let page = answer.json();
    assert_eq!(page["next_cursor"], Value::Null, "{query}");
    page
}

/// The answers to all of [`GROUPINGS`].
async fn all(api: &Api) -> Vec<Value> {
    let mut answers = Vec::new();
    for query in GROUPINGS {
        answers.push(ask(api, query).await);
    }
    answers
}

/// The bars of an answer.
fn bars(page: &Value) -> BTreeMap<String, u64> {
    let groups = page["groups"].as_array().unwrap();
    groups.iter().map(|bar| (bar["time"].as_str().unwrap().to_owned(), bar["count"].as_u64().unwrap())).collect()
}

async fn archive(stack: &TestStack) {
    stack.compactor().pass(&acme(), true, None).await.unwrap();
}

/// A client of a new instance, whose requests can be counted and paused.
pub(crate) fn observed(stack: &TestStack) -> (Api, FaultLayer) {
    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(stack);
    let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
    (Api::new(service::framed(routes, CallerSource::Local)), layer)
}

#[tokio::test]
async fn a_hot_repeat_of_an_archived_event_counts_once() {
    let (stack, api) = start().await;
    let sent = events_of_days(3, 5, 0);
    api.record(ORG, &sent).await;
    let expected = all(&api).await;
    assert_eq!(expected[0]["total"], 15);
    archive(&stack).await;
    assert_eq!(all(&api).await, expected, "archived");
    api.record(ORG, &sent[3..9]).await;
    assert_eq!(all(&api).await, expected, "with repeats");
}

#[tokio::test]
async fn rows_of_a_batch_count_once_wherever_its_pass_has_stopped() {
    for stop in STOPS {
        let (stack, api) = start().await;
        api.record(ORG, &events(6, 4, 0)).await;
        let expected = all(&api).await;
        pass_until(&stack, stop).await;
        assert_eq!(all(&api).await, expected, "{stop:?}");
        api.record(ORG, &events(6, 4, 0)[5..9]).await;
        assert_eq!(all(&api).await, expected, "{stop:?}, with repeats");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_before_any_request_hides_and_doubles_no_event() {
    for requests in 0.. {
        let (stack, api) = start().await;
        api.record(ORG, &events(3, 4, 0)).await;
        archive(&stack).await;
        api.record(ORG, &events(4, 4, 100)).await;
        let expected = all(&api).await;
        let mut was_held = false;
        for (query, expected) in GROUPINGS.iter().zip(&expected) {
            let (reader, layer) = observed(&stack);
            layer.allow(requests);
            let asked = tokio::spawn(async move { ask(&reader, query).await });
            layer.until_held(|| asked.is_finished()).await;
            if !asked.is_finished() {
                was_held = true;
                archive(&stack).await;
            }
            layer.allow_all();
            let mut found = asked.await.unwrap();
            // The oldest event, by which the interval could be chosen, is the same.
            found["skipped"].take();
            found.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            let mut expected = expected.clone();
            expected.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            assert_eq!(found, expected, "{query}, a pass before request {requests}");
            api.record(ORG, &events(4, 4, 100)[..3]).await;
        }
        if !was_held {
            assert!(requests > 6, "{requests} requests");
            return;
        }
    }
}

#[tokio::test]
async fn days_have_23_and_25_hours_where_clocks_change() {
    let (stack, api) = start().await;
    let hours = |day: &str, hours: std::ops::Range<i64>| {
        let start = instant(&format!("{day}T00:00:00Z")).micros();
        hours.map(move |hour| audit_core::UnixMicros::new(start + hour * 3_600_000_000).to_string())
    };
    // An event an hour, over three days around each change.
    let instants = hours("2026-03-28", 0..72).chain(hours("2026-10-24", 0..72));
    let sent: Vec<_> = instants.enumerate().map(|(key, at)| event(&at, key)).collect();
    api.record(ORG, &sent).await;
    for state in ["hot", "archived"] {
        let found = bars(&ask(&api, "group_by=time&interval=1d&zone=Europe/Berlin").await);
        assert_eq!(found["2026-03-29T00:00:00+01:00"], 23, "{state}");
        assert_eq!(found["2026-03-30T00:00:00+02:00"], 24, "{state}");
        assert_eq!(found["2026-10-25T00:00:00+02:00"], 25, "{state}");
        assert_eq!(found["2026-10-26T00:00:00+01:00"], 24, "{state}");
        let utc = bars(&ask(&api, "group_by=time&interval=1d").await);
        assert!(utc.values().all(|count| *count == 24), "{state}");
        archive(&stack).await;
    }
}

#[tokio::test]
async fn a_zone_at_5_45_begins_its_days_and_hours_at_a_quarter_to() {
    let (stack, api) = start().await;
    let instants = ["2026-11-01T18:14:59.999999Z", "2026-11-01T18:15:00Z", "2026-11-02T18:15:00Z"];
    let sent: Vec<_> = instants.iter().enumerate().map(|(key, at)| event(at, key)).collect();
    api.record(ORG, &sent).await;
    for state in ["hot", "archived"] {
        let days = bars(&ask(&api, "group_by=time&interval=1d&zone=Asia/Kathmandu").await);
        let expected = ["2026-11-01T00:00:00+05:45", "2026-11-02T00:00:00+05:45", "2026-11-03T00:00:00+05:45"];
        assert_eq!(days, expected.map(|day| (day.to_owned(), 1)).into(), "{state}");
        let hours = bars(&ask(&api, "group_by=time&interval=1h&zone=Asia/Kathmandu").await);
        assert_eq!(hours["2026-11-01T23:00:00+05:45"], 1, "{state}");
        archive(&stack).await;
    }
}

#[tokio::test]
async fn from_is_counted_and_to_is_not() {
    let (stack, api) = start().await;
    let instants = ["2026-11-01T00:00:00Z", "2026-11-01T12:00:00Z", "2026-11-02T00:00:00Z"];
    let sent: Vec<_> = instants.iter().enumerate().map(|(key, at)| event(at, key)).collect();
    api.record(ORG, &sent).await;
    for state in ["hot", "archived"] {
        for (from, to, expected) in [(0, 2, 2), (0, 1, 1), (1, 2, 1), (0, 0, 0), (2, 2, 0)] {
            for by in ["", "&group_by=time&interval=1d", "&group_by=actor"] {
                let page = ask(&api, &format!("from={}&to={}{by}", instants[from], instants[to])).await;
                assert_eq!(page["total"], expected, "{state} {from}..{to} {by}");
            }
        }
        archive(&stack).await;
    }
}

#[tokio::test]
async fn the_counts_of_a_segment_that_the_range_cuts_are_not_used() {
    let (stack, api) = start().await;
    api.record(ORG, &events_of_days(3, 60, 0)).await;
    archive(&stack).await;
    for by in ["", "&group_by=time&interval=15m", "&group_by=action", "&group_by=result"] {
        let page = ask(&api, &format!("from=2026-01-01T12:00:10Z&to=2026-01-03T12:00:20Z{by}")).await;
        assert_eq!(page["total"], 50 + 60 + 20, "{by}");
    }
}

#[tokio::test]
async fn late_events_change_old_days() {
    let (stack, api) = start().await;
    api.record(ORG, &events_of_days(3, 5, 0)).await;
    archive(&stack).await;
    let day = "2026-01-02T00:00:00+00:00";
    let query = "group_by=time&interval=1d";
    assert_eq!(bars(&ask(&api, query).await)[day], 5);
    api.record(ORG, &[event("2026-01-02T11:00:00Z", 100), event("2026-01-02T12:00:02Z", 101)]).await;
    assert_eq!(bars(&ask(&api, query).await)[day], 7, "hot");
    archive(&stack).await;
    assert_eq!(bars(&ask(&api, query).await)[day], 7, "in a second segment of the month");
}

#[tokio::test]
async fn days_and_actions_of_archived_events_read_no_object() {
    let (stack, api) = start().await;
    api.record(ORG, &events_of_days(20, 5, 0)).await;
    archive(&stack).await;
    let (reader, layer) = observed(&stack);
    let objects = || layer.calls().iter().filter(|call| call.name() == "GetObject").count();
    for query in [
        "",
        "group_by=time&interval=1d&zone=Asia/Kathmandu",
        "group_by=time&interval=15m",
        "group_by=action",
        "group_by=category&result=succeeded",
        "group_by=result&not_action=billing.*",
        "from=2026-01-02T00:00:00Z&to=2026-01-10T00:00:00Z&group_by=time&interval=1w",
    ] {
        assert!(ask(&reader, query).await["total"].as_u64() > Some(0), "{query}");
        assert_eq!(objects(), 0, "{query}");
    }
    ask(&reader, "group_by=actor").await;
    assert!(objects() > 0);
}

/// I-1 is the model's and the random searches' matter; this is what skipping saves.
#[tokio::test]
async fn a_search_opens_no_segment_that_its_record_or_its_filters_rule_out() {
    let (stack, api) = start().await;
    let with = |at: &str, key: usize, result: &str| event(at, key).replace("succeeded", result);
    for (key, result) in ["succeeded", "failed", "succeeded"].into_iter().enumerate() {
        api.record(ORG, &[with(&format!("2026-0{}-01T10:00:00Z", key + 1), key, result)]).await;
        archive(&stack).await;
    }
    for (query, opened, parts) in [
        ("result=failed", 1, 0),
        ("result=succeeded", 2, 0),
        ("actor=usr_0&actor=usr_1", 2, 1),
        ("actor=usr_5", 0, 1),
        ("actor=usr_0&result=failed", 0, 1),
        ("not_actor=usr_0", 3, 0),
    ] {
        let (reader, layer) = observed(&stack);
        let calls = |name: &str| layer.calls().iter().filter(|call| call.name() == name).count();
        let found = api.get(&format!("/v1/orgs/{ORG}/events?{query}")).await.json();
        for _ in 0..2 {
            let answer = reader.get(&format!("/v1/orgs/{ORG}/events?{query}")).await;
            assert_eq!(answer.json()["events"], found["events"], "{query}");
            assert_eq!(calls("GetObject"), opened, "{query}");
            assert!(calls("BatchGetItem") >= parts && (parts > 0 || calls("BatchGetItem") == 0), "{query}");
        }
    }
}

#[tokio::test]
async fn days_need_only_records_and_other_counts_one_read_of_filters() {
    let (stack, api) = start().await;
    api.record(ORG, &events_of_days(40, 5, 0)).await;
    archive(&stack).await;
    for (query, reads) in [
        ("", 0),
        ("group_by=time&interval=1d", 0),
        ("group_by=time&interval=1w&from=2026-01-02T00:00:00Z&to=2026-01-10T00:00:00Z", 0),
        ("group_by=time&interval=1mo&zone=Atlantic/Reykjavik", 0),
        ("group_by=time&interval=1d&zone=Asia/Kathmandu", 1),
        ("group_by=time&interval=15m", 1),
        ("group_by=action", 1),
        ("group_by=actor", 0),
    ] {
        let (reader, layer) = observed(&stack);
        let read = || layer.calls().iter().filter(|call| call.name() == "BatchGetItem").count();
        let expected = ask(&api, query).await;
        for _ in ["cold", "cached"] {
            assert_eq!((ask(&reader, query).await, read()), (expected.clone(), reads), "{query}");
        }
    }
}

/// A newer catalog may put an action into another category, and a repeat is stored with that.
#[tokio::test]
async fn a_repeat_under_another_category_counts_as_it_was_archived_and_in_its_own_category() {
    let (stack, api) = start().await;
    let archived = rows::event(id_in(0, instant("2026-11-22T10:00:00Z").micros(), 0), "usr_1", 0);
    put(&stack, std::slice::from_ref(&archived)).await;
    archive(&stack).await;
    put(&stack, &[Event { category: Category::from_stored("billing"), ..archived.clone() }]).await;
    let group = |category: &str| json!([{ "key": category, "count": 1, "failed": 0 }]);
    assert_eq!(ask(&api, "group_by=category").await["groups"], group("team"));
    assert_eq!(ask(&api, "group_by=category&category=billing").await["groups"], group("billing"));
    assert_eq!(ask(&api, "group_by=category&category=billing&category=team").await["groups"], group("team"));
}

#[tokio::test]
async fn a_result_of_a_newer_version_is_counted_as_it_is() {
    let (stack, api) = start().await;
    let newer = rows::event(id_in(0, instant("2026-11-22T10:00:00Z").micros(), 0), "usr_1", 0);
    put(&stack, &[Event { result: EventResult::from_stored("partly".to_owned()), ..newer }]).await;
    for state in ["hot", "archived"] {
        let page = ask(&api, "group_by=result").await;
        assert_eq!(page["groups"], json!([{ "key": "partly", "count": 1, "failed": 0 }]), "{state}");
        archive(&stack).await;
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_reported_and_hide_no_other() {
    let (stack, api) = start().await;
    api.record(ORG, &events_of_days(1, 5, 0)).await;
    put_unreadable(&stack, 0, "2026-01-01").await;
    put_unreadable(&stack, 1, "x").await;
    let page = ask(&api, "").await;
    assert_eq!((&page["total"], &page["skipped"]), (&json!(5), &json!(2)));
}

#[tokio::test]
async fn a_segment_that_cannot_be_read_fails_only_the_counts_that_need_its_rows() {
    let (stack, api) = start().await;
    api.record(ORG, &events(2, 5, 0)).await;
    archive(&stack).await;
    let key = stack.tables().ledger.whole(&acme()).await.unwrap().segments[0].key.clone();
    std::fs::write(stack.folder().join("s3/audit-archive").join(key), b"damaged").unwrap();
    let api = Api::of_another_instance(&stack);
    assert_eq!(ask(&api, "group_by=action").await["total"], 10);
    let answer = api.get(&format!("/v1/orgs/{ORG}/stats?group_by=actor")).await;
    assert_eq!((answer.status, answer.problem()), (StatusCode::SERVICE_UNAVAILABLE, "segment-unreadable".to_owned()));
    let month = "from=2010-02-01T00:00:00Z&group_by=actor";
    assert_eq!(ask(&api, month).await["total"], 5, "the other month can be counted");
}

#[tokio::test]
async fn the_interval_is_the_finest_that_gives_few_bars_since_the_oldest_event() {
    let (stack, api) = start().await;
    assert_eq!(ask(&api, "group_by=time").await["interval"], "15m", "of an org without events");
    api.record(ORG, &[event("2026-11-20T12:00:00Z", 0)]).await;
    for state in ["hot", "archived"] {
        let page = ask(&api, "group_by=time").await;
        assert_eq!((&page["interval"], &page["zone"]), (&json!("1h"), &json!("UTC")), "{state}");
        assert_eq!(ask(&api, "group_by=time&from=2026-01-01T00:00:00Z").await["interval"], "1w", "{state}");
        archive(&stack).await;
    }
    assert_eq!(ask(&api, "").await.get("interval"), None);
}

#[tokio::test]
async fn a_group_shows_its_first_and_last_event_and_the_names_of_the_last() {
    let (stack, api) = start().await;
    let event = |day: &str, name: &str, target: &str| {
        format!(
            r#"{{"occurred_at":"{day}T10:00:00Z","actor":{{"id":"usr_1","name":"{name}","email":"{name}@x.y"}},
            "action":"a.b","result":"failed","target":{{"id":"t","type":"{target}"}},"context":{{"ip":"192.0.2.1"}}}}"#
        )
    };
    let days = ["2026-11-01", "2026-11-02", "2026-11-03"];
    api.record(ORG, &[event(days[0], "old", "board"), event(days[1], "middle", "list")]).await;
    archive(&stack).await;
    let group = |key: &str, day: &str, count: usize| {
        let at = |day: &str| format!("{day}T10:00:00.000000Z");
        json!({ "key": key, "count": count, "failed": count, "first": at(days[0]), "last": at(day) })
    };
    let with = |mut group: Value, labels: Value| {
        group.as_object_mut().unwrap().extend(labels.as_object().unwrap().clone());
        json!([group])
    };
    for (day, count, name, target) in [(days[1], 2, "middle", "list"), (days[2], 3, "new", "card")] {
        let by = async |field: &str| ask(&api, &format!("group_by={field}")).await["groups"].clone();
        let actor = json!({ "name": name, "email": format!("{name}@x.y"), "type": "user" });
        assert_eq!(by("actor").await, with(group("usr_1", day, count), actor));
        assert_eq!(by("target").await, with(group("t", day, count), json!({ "type": target })));
        assert_eq!(by("ip").await, with(group("192.0.2.1", day, count), json!({})));
        api.record(ORG, &[event(days[2], "new", "card")]).await;
    }
}
