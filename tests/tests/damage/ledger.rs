//! Items of the ledger that cannot be read: their month is an error with its time range, and everything else is
//! returned.

use audit_local::stack::table_names;
use audit_tests::api::Api;
use audit_tests::lost::rebuilder;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;

use crate::fresh;

type Item = std::collections::HashMap<String, AttributeValue>;

/// Events of a day with keys, so that sending them again repeats them.
fn events(day: &str, count: usize) -> Vec<String> {
    let event = |n| {
        format!(
            r#"{{"occurred_at":"{day}T10:00:00.{n:06}Z","actor":{{"id":"usr_{n}"}},"action":"member.invited","result":"succeeded","idempotency_key":"{day}-{n}"}}"#
        )
    };
    (0..count).map(event).collect()
}

/// The keys of the two segments of October: one has the events of the 10th, the other those of the 20th.
const OCTOBER_10: &str = "seg#2026-10#00000000000000000010#0";
const OCTOBER_20: &str = "seg#2026-10#00000000000000000030#0";

/// A stack with an archive of September, October and November; October has two segments.
async fn three_months() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    for days in [&["2026-09-10", "2026-10-10", "2026-11-10"][..], &["2026-10-20"]] {
        for day in days {
            api.record("acme", &events(day, 10)).await;
        }
        api.archive().await;
    }
    (stack, api)
}

/// The ledger's item whose sort key begins with `prefix`.
async fn item(stack: &TestStack, prefix: &str) -> Item {
    let scan = stack.dynamodb().scan().table_name(table_names().ledger).send().await.unwrap();
    scan.items.unwrap().into_iter().find(|item| item["sk"].as_s().unwrap().starts_with(prefix)).unwrap()
}

async fn put(stack: &TestStack, item: &Item) {
    let put = stack.dynamodb().put_item().table_name(table_names().ledger);
    put.set_item(Some(item.clone())).send().await.unwrap();
}

async fn delete(stack: &TestStack, item: &Item) {
    let key = item.clone().into_iter().filter(|(name, _)| matches!(name.as_str(), "org_id" | "sk")).collect();
    let delete = stack.dynamodb().delete_item().table_name(table_names().ledger);
    delete.set_key(Some(key)).send().await.unwrap();
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// An item with another value of one attribute; without a value, without the attribute.
fn with(item: &Item, name: &str, value: Option<AttributeValue>) -> Item {
    let mut changed = item.clone();
    changed.remove(name);
    changed.extend(value.map(|value| (name.to_owned(), value)));
    changed
}

async fn october_is_unreadable(api: &Api, what: &str) {
    let path = |query: &str| format!("/v1/orgs/acme/events?limit=1000&{query}");
    for query in ["", "order=oldest", "from=2026-10-01T00:00:00Z", "actor=usr_3", "to=2026-10-15T00:00:00Z&limit=3"] {
        let answer = api.get(&path(query).replace("limit=1000&to", "to")).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what} {query}: {}", answer.text);
        assert_eq!(answer.problem(), "segment-unreadable", "{what} {query}");
        let json = answer.json();
        assert_eq!(json["from"], "2026-10-01T00:00:00.000000Z", "{what} {query}");
        assert_eq!(json["to"], "2026-10-31T23:59:59.999999Z", "{what} {query}");
    }
    for order in ["newest", "oldest"] {
        let before = Search::new("acme", &format!("to=2026-10-01T00:00:00Z&order={order}"));
        let after = Search::new("acme", &format!("from=2026-11-01T00:00:00Z&order={order}"));
        assert_eq!((before.walk(api, 3).await.len(), after.walk(api, 3).await.len()), (10, 10), "{what} {order}");
    }
    let first = Search::new("acme", "").page(api, 9, None).await;
    assert_eq!(first["events"].as_array().unwrap().len(), 9, "{what}: a page that does not reach the month");
}

#[tokio::test]
async fn a_malformed_segment_item_is_an_error_with_its_month_and_other_months_answer() {
    let (stack, api) = three_months().await;
    let sound = item(&stack, OCTOBER_10).await;
    let (events, next) = (Search::new("acme", "").walk(&api, 50).await, item(&stack, OCTOBER_20).await);
    let id_of = |day: &str| {
        let mut of_day = events.iter().filter(|event| event["occurred_at"].as_str().unwrap().starts_with(day));
        format!("/v1/orgs/acme/events/{}", of_day.next().unwrap()["id"].as_str().unwrap())
    };
    for (attribute, value) in [
        ("rows", None),
        ("rows", Some(AttributeValue::N("0".to_owned()))),
        ("sha256", Some(AttributeValue::N("7".to_owned()))),
        ("first", Some(text("no id"))),
        ("last", Some(next["last"].clone())),
        ("days", None),
        ("tail_crc32c", Some(AttributeValue::N("4294967296".to_owned()))),
    ] {
        put(&stack, &with(&sound, attribute, value)).await;
        let api = fresh(&stack);
        october_is_unreadable(&api, attribute).await;
        let of_the_segment = api.get(&id_of("2026-10-10")).await;
        assert_eq!(of_the_segment.problem(), "segment-unreadable", "{attribute}: {}", of_the_segment.text);
        for day in ["2026-09-10", "2026-10-20", "2026-11-10"] {
            assert_eq!(api.get(&id_of(day)).await.status, StatusCode::OK, "{attribute} {day}");
        }
        put(&stack, &sound).await;
        assert!(Search::new("acme", "").walk(&api, 50).await == events, "{attribute}: a repair is seen at once");
    }
}

#[tokio::test]
async fn an_item_whose_key_is_that_of_no_segment_is_an_error_with_its_month_or_stops_nothing() {
    let (stack, api) = three_months().await;
    let sound = item(&stack, OCTOBER_10).await;
    let events = Search::new("acme", "").walk(&api, 50).await;
    for sk in ["seg#2026-10#17", "seg#2026-10#00000000000000000017#00", "seg#2026-10#"] {
        let stray = with(&sound, "sk", Some(text(sk)));
        put(&stack, &stray).await;
        october_is_unreadable(&fresh(&stack), sk).await;
        delete(&stack, &stray).await;
    }
    for sk in ["seg#2013-99#17", "seg#2026-100#", "seg#20", "seg#~"] {
        put(&stack, &with(&sound, "sk", Some(text(sk)))).await;
    }
    let api = fresh(&stack);
    for order in ["newest", "oldest"] {
        let walked = Search::new("acme", &format!("order={order}")).walk(&api, 3).await;
        assert_eq!(walked.len(), events.len(), "{order}");
    }
}

/// Filters are evidence that a segment can be skipped. Without it, the segment is read.
#[tokio::test]
async fn absent_and_malformed_filters_hide_nothing_and_a_rebuild_puts_the_right_ones() {
    let (stack, api) = three_months().await;
    let filters = item(&stack, "filters#").await;
    let bits = |bytes: usize| Some(AttributeValue::B(Blob::new(vec![0; bytes])));
    let damages = [
        ("absent", None),
        ("without a part", Some(with(&filters, "actors", None))),
        ("truncated", Some(with(&filters, "actors", bits(31)))),
        ("of another type", Some(with(&filters, "counts", Some(text("1"))))),
        ("of other events", Some(with(&filters, "counts", bits(64)))),
    ];
    let acme = org("acme");
    for (what, damaged) in damages {
        delete(&stack, &filters).await;
        if let Some(damaged) = &damaged {
            put(&stack, damaged).await;
        }
        let api = fresh(&stack);
        for order in ["newest", "oldest"] {
            let found = Search::new("acme", &format!("actor=usr_3&order={order}")).walk(&api, 2).await;
            assert_eq!(found.len(), 4, "{what} {order}");
        }
        for by in ["group_by=action", "group_by=time&interval=15m", "actor=usr_3", "group_by=time&interval=1d"] {
            let page = api.get(&format!("/v1/orgs/acme/stats?{by}")).await.json();
            assert_eq!(page["total"], if by.starts_with("actor") { 4 } else { 40 }, "{what} {by}");
        }
        // Filters that can be read are left to the check, which reads the files.
        let is_put = !matches!(what, "without a part" | "of other events");
        let rebuilt = rebuilder(&stack).org(&acme).await.unwrap();
        assert_eq!((rebuilt.filters, rebuilt.generation), (usize::from(is_put), None), "{what}");
        assert_eq!(item(&stack, filters["sk"].as_s().unwrap()).await == filters, is_put, "{what}");
    }
    delete(&stack, &filters).await;
    assert_eq!(rebuilder(&stack).org(&acme).await.unwrap().filters, 1);
    assert_eq!(rebuilder(&stack).org(&acme).await.unwrap().filters, 0);
    assert_eq!(Search::new("acme", "").walk(&api, 50).await.len(), 40);
}

/// I-9. The rows may be in the segment that cannot be identified; those of other months are not.
#[tokio::test]
async fn rows_of_a_month_with_a_malformed_item_stay_hot_and_are_counted_and_the_others_are_archived() {
    let (stack, api) = three_months().await;
    let sound = item(&stack, OCTOBER_10).await;
    put(&stack, &with(&sound, "bytes", None)).await;
    // Three repeats of the segment that cannot be read, and four other rows of its month.
    let (kept, other_day) = (&events("2026-10-10", 3)[..], &events("2026-10-11", 4)[..]);
    let archived = [events("2026-09-11", 2), events("2026-11-11", 5)].concat();
    // A repeat that a readable segment of the month contains.
    let repeat = &events("2026-10-20", 1)[..];
    let recorded = api.record("acme", &[kept, other_day, &archived, repeat].concat()).await;
    let report = api.archive().await.remove(0);
    let figures = |name: &str| report[name].as_u64();
    assert_eq!((figures("rows"), figures("rows_quarantined"), figures("repeated_rows")), (Some(7), Some(7), Some(1)));
    assert_eq!(stack.tables().events.waiting(&org("acme"), 100).await.unwrap(), 7, "they stay where they are");
    let api = fresh(&stack);
    for (id, _) in recorded {
        assert_eq!(api.get(&format!("/v1/orgs/acme/events/{id}")).await.status, StatusCode::OK, "hot or archived");
    }

    put(&stack, &sound).await;
    let report = Api::of(&stack).archive().await.remove(0);
    let figures = |name: &str| report[name].as_u64();
    assert_eq!((figures("rows"), figures("rows_quarantined"), figures("repeated_rows")), (Some(4), Some(0), Some(3)));
    assert_eq!(Search::new("acme", "").walk(&fresh(&stack), 7).await.len(), 40 + 4 + 7);
}

/// I-1. An instance that cached months cannot learn from the item which of them became stale.
#[tokio::test]
async fn a_malformed_batch_item_hides_nothing_from_a_reader_that_cached_the_ledger() {
    let (stack, reader) = three_months().await;
    assert_eq!(Search::new("acme", "").walk(&reader, 50).await.len(), 40);
    let another = Api::of_another_instance(&stack);
    reader.record("acme", &[events("2026-10-12", 4), events("2026-11-12", 3)].concat()).await;
    another.get("/v1/orgs/acme/events?limit=1").await;
    Api::of(&stack).archive().await;
    let sound = item(&stack, "batch#00000000000000000040").await;
    put(&stack, &with(&sound, "segments", None)).await;
    for (name, api) in [("kept", &reader), ("began before", &another), ("fresh", &fresh(&stack))] {
        for order in ["newest", "oldest"] {
            let walked = Search::new("acme", &format!("order={order}")).walk(api, 50).await;
            assert_eq!(walked.len(), 47, "{name} {order}");
        }
    }
}

#[tokio::test]
async fn check_and_rebuild_name_a_malformed_item_by_its_key_and_rebuild_repairs_it() {
    let (stack, api) = three_months().await;
    let (tables, archive, acme) = (stack.tables(), stack.archive(), org("acme"));
    let events = Search::new("acme", "").walk(&api, 50).await;
    for prefix in [OCTOBER_10, "batch#"] {
        let sound = item(&stack, prefix).await;
        put(&stack, &with(&sound, "rows", Some(text("many")))).await;
        let named = format!("the item acme {} of the ledger table is malformed: rows", sound["sk"].as_s().unwrap());
        let checked = audit_recovery::check::org(tables, archive, &acme).await.unwrap();
        let unreadable: Vec<_> = checked.unreadable_items.iter().map(ToString::to_string).collect();
        assert_eq!(unreadable, std::slice::from_ref(&named));

        assert_eq!(rebuilder(&stack).org(&acme).await.unwrap().malformed, [named]);
        assert!(audit_recovery::check::org(tables, archive, &acme).await.unwrap().is_sound(), "{prefix}");
        assert!(Search::new("acme", "").walk(&api, 50).await == events, "{prefix}");
    }
    let head = item(&stack, "head").await;
    put(&stack, &with(&head, "next_seq", None)).await;
    let refused = rebuilder(&stack).org(&acme).await.unwrap_err().to_string();
    assert!(
        refused.contains("the item acme head of the ledger table is malformed: next_seq; delete this item"),
        "{refused}"
    );
}

/// I-1. The segment that was opened under a key is not the one that another item records for that key.
#[tokio::test]
async fn an_item_that_names_the_object_of_another_segment_is_an_error_also_while_that_object_is_cached() {
    let (stack, _) = three_months().await;
    let (sound, other) = (item(&stack, OCTOBER_10).await, item(&stack, OCTOBER_20).await);
    put(&stack, &with(&sound, "key", Some(other["key"].clone()))).await;
    let api = fresh(&stack);
    for _ in ["before the other object is read", "after it"] {
        let answer = api.get("/v1/orgs/acme/events?limit=1000&to=2026-10-15T00:00:00Z").await;
        assert_eq!(answer.problem(), "segment-unreadable", "{}", answer.text);
        assert_eq!(answer.json()["from"], "2026-10-10T10:00:00.000000Z");
        assert_eq!(Search::new("acme", "from=2026-10-15T00:00:00Z").walk(&api, 50).await.len(), 20);
    }
}
