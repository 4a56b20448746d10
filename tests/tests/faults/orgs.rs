//! Updates of an org that arrive late, concurrently or out of order, and the report of a plan that was lost.

use audit_http::{CallerSource, service};
use audit_local::stack::table_names;
use audit_tests::api::{Answer, Api};
use audit_tests::faults::{Fault, FaultLayer};
use audit_tests::{ID_KEY, TestStack};
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;

use crate::log::Log;

fn ingest(stack: &TestStack, layer: &FaultLayer) -> Api {
    let (tables, _) = layer.clients(stack);
    Api::new(service::framed(audit_ingest::routes(tables, stack.clock.clone()), CallerSource::Local))
}

/// Sends an update of `acme`, with or without the instant of the change.
async fn update(api: &Api, plan: &str, updated_at: Option<&str>) -> Answer {
    let at = updated_at.map(|at| format!(r#","updated_at":"{at}""#)).unwrap_or_default();
    api.put("/v1/orgs/acme", &format!(r#"{{"name":"Acme","plan":"{plan}"{at}}}"#)).await
}

async fn plan(api: &Api) -> String {
    api.get("/v1/orgs/acme").await.json()["plan"].as_str().unwrap_or("no org").to_owned()
}

fn outcome(answer: &Answer) -> (StatusCode, String) {
    (answer.status, if answer.status == StatusCode::OK { String::new() } else { answer.problem() })
}

fn refused() -> (StatusCode, String) {
    (StatusCode::CONFLICT, "org-updated-since".to_owned())
}

const STORED: (StatusCode, String) = (StatusCode::OK, String::new());

/// The SDK's request is delayed in the network: its author gave up, a newer plan is stored, and then it arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_of_an_old_plan_that_lands_late_loses() {
    for known in [false, true] {
        for [old, new] in [[None, None], [Some("2026-11-23T10:00:00Z"), Some("2026-11-23T11:00:00Z")]] {
            let stack = TestStack::start().await;
            let api = Api::of(&stack);
            if known {
                assert_eq!(update(&api, "starter", Some("2026-11-23T09:00:00Z")).await.status, StatusCode::OK);
            }
            let layer = FaultLayer::with_every("UpdateItem", "acme", Fault::Late);
            let late = update(&ingest(&stack, &layer), "team", old).await;
            assert_eq!(late.status, StatusCode::SERVICE_UNAVAILABLE, "{}", late.text);
            assert_eq!(update(&api, "enterprise", new).await.status, StatusCode::OK);
            layer.land().await;
            assert_eq!(plan(&api).await, "enterprise", "known before: {known}, instants {old:?} and {new:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_updates_with_an_instant_the_latest_one_stays_in_any_order_of_arrival() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let [first, second, third] = ["2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000001Z", "2026-11-23T12:05:00Z"];
    assert_eq!(outcome(&update(&api, "enterprise", Some(second)).await), STORED);
    let older = update(&api, "team", Some(first)).await;
    assert_eq!(outcome(&older), refused());
    assert_eq!(
        older.json()["org"],
        api.get("/v1/orgs/acme").await.json(),
        "the response contains the org as it is stored"
    );
    assert_eq!(outcome(&update(&api, "enterprise", Some(second)).await), STORED, "the same update again");
    assert_eq!(outcome(&update(&api, "team", Some(second)).await), refused(), "another update of the same instant");
    assert_eq!(plan(&api).await, "enterprise");
    assert_eq!(outcome(&update(&api, "team", Some(third)).await), STORED);
    // Without an instant the order of arrival counts, also when the stored instant is ahead of our clock.
    assert_eq!(outcome(&update(&api, "enterprise", None).await), STORED);
    assert_eq!(plan(&api).await, "enterprise");
    assert_eq!(outcome(&update(&api, "team", Some(third)).await), refused());
    let ahead = update(&api, "team", Some("2026-11-23T12:05:00.000001Z")).await;
    assert_eq!(outcome(&ahead), (StatusCode::BAD_REQUEST, "invalid-request".to_owned()));
}

/// Pauses an update before each of its writes, while another one is stored.
async fn overtaken(plan: &'static str, updated_at: Option<&'static str>, times: usize) -> Answer {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    assert_eq!(update(&api, "starter", Some("2026-11-23T09:00:00Z")).await.status, StatusCode::OK);
    let layer = FaultLayer::default();
    let held = ingest(&stack, &layer);
    // The reserved id and the read of the org.
    layer.allow(2);
    let updating = tokio::spawn(async move { update(&held, plan, updated_at).await });
    for minute in 1..=times {
        layer.until_held(|| updating.is_finished()).await;
        let other = update(&api, "team", Some(&format!("2026-11-23T09:0{minute}:00Z"))).await;
        assert_eq!(other.status, StatusCode::OK, "{}", other.text);
        // Its write, which loses, and the read after it.
        layer.allow(2);
    }
    layer.until_held(|| updating.is_finished()).await;
    layer.allow_all();
    updating.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_is_overtaken_four_times_by_older_ones_is_stored_and_five_times_is_503() {
    let latest = Some("2026-11-23T11:00:00Z");
    let four = overtaken("enterprise", latest, 4).await;
    assert_eq!((outcome(&four), four.json()["plan"].as_str()), (STORED, Some("enterprise")));
    let five = overtaken("enterprise", latest, 5).await;
    assert_eq!(outcome(&five), (StatusCode::SERVICE_UNAVAILABLE, "unavailable".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_meets_a_later_one_or_has_no_instant_to_compare_is_refused() {
    for updated_at in [None, Some("2026-11-23T09:00:30Z")] {
        let met = overtaken("enterprise", updated_at, 1).await;
        assert_eq!((outcome(&met), met.json()["org"]["plan"].as_str()), (refused(), Some("team")), "{updated_at:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_an_org_had_the_plan_is_never_forgotten() {
    let stack = TestStack::start().await;
    let (api, tables) = (Api::of(&stack), stack.tables());
    let mut had = Vec::new();
    for plan in ["team", "enterprise", "team", "starter"] {
        assert_eq!(update(&api, plan, None).await.status, StatusCode::OK);
        had.push(tables.orgs.get(&audit_tests::org("acme")).await.unwrap().unwrap().had_plan);
    }
    assert_eq!(had, [false, true, true, true]);
    // An older version wrote no such attribute: its absence does not mean that the org has no events.
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let item = [("org_id", "old"), ("name", "Old"), ("plan", "team"), ("status", "active")];
    let mut put = stack.dynamodb().put_item().table_name(table_names().orgs);
    for (name, value) in item.into_iter().chain([("updated_at", "2026-11-20T00:00:00.000000Z")]) {
        put = put.item(name, text(value));
    }
    let put = put.item("id_key", text(&ID_KEY.reveal()));
    put.send().await.unwrap();
    assert!(tables.orgs.get(&audit_tests::org("old")).await.unwrap().unwrap().had_plan);
    api.put("/v1/orgs/old", r#"{"name":"Old","plan":"starter"}"#).await;
    assert!(tables.orgs.get(&audit_tests::org("old")).await.unwrap().unwrap().had_plan);
}

/// On one thread, so that the log of this test is all that is collected.
#[tokio::test]
async fn refused_reads_and_writes_are_counted_for_an_org_that_had_the_plan_and_for_no_other() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::DEBUG).with_writer(log.clone());
    let _collected = tracing::subscriber::set_default(subscriber.finish());
    let counted = || log.take().lines().filter(|line| line.contains(r#"metric="RefusalsAfterPlan""#)).count();
    let refuse = async || {
        for answer in [
            api.get("/v1/orgs/acme/events").await,
            api.get("/v1/orgs/acme/events/0193535e-9e4b-774b-8000-000000000005").await,
            api.post("/v1/orgs/acme/events", "{}").await,
        ] {
            assert_eq!(answer.problem(), "plan-required");
        }
    };
    update(&api, "team", None).await;
    refuse().await;
    assert_eq!(counted(), 0, "the org never had the plan");
    update(&api, "enterprise", None).await;
    assert_eq!(api.get("/v1/orgs/acme/events").await.status, StatusCode::OK);
    assert_eq!(counted(), 0);
    update(&api, "team", None).await;
    // Positive answers about the plan are cached for a minute.
    stack.clock.set("2026-11-23T12:02:00Z");
    refuse().await;
    assert_eq!(counted(), 3);
}
