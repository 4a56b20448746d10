//! A session that can read only some events learns neither an id nor the time of another one: not from the cursors of
//! pages, wherever they end, nor from the times up to which they have come, nor from the interval of bars.

use std::collections::BTreeSet;
use std::time::Duration;

use audit_core::UnixMicros;
use audit_http::{CallerSource, service};
use audit_local::clients;
use audit_local::stack::buckets;
use audit_query::Bounds;
use audit_segments::SegmentStore;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::rows::put_unreadable;
use audit_tests::viewer::Viewer;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const SESSION: &str = r#"{"viewer":{"id":"u"},"only":{"actor":["usr_1"]}}"#;
const EVENTS: usize = 60;

/// Events some 0.2 s apart, of which the session reads every seventh. Three have one instant.
fn events() -> Vec<String> {
    let first = audit_tests::instant("2026-11-22T10:00:00.123457Z").micros();
    let at = |number: usize| UnixMicros::new(first + (number - number % 3) as i64 * 212_347);
    let event = |number: usize| {
        let actor = if number % 7 == 3 { "usr_1" } else { "usr_2" };
        json!({ "occurred_at": at(number).to_string(), "actor": { "id": actor }, "action": "a.b", "result": "failed" })
    };
    (0..EVENTS).map(|number| event(number).to_string()).collect()
}

struct Hidden {
    stack: TestStack,
    api: Api,
    /// The ids that the session reads, oldest first.
    own: Vec<String>,
    others: BTreeSet<String>,
    /// The instants at which only others' events happened.
    instants: BTreeSet<String>,
}

impl Hidden {
    async fn start() -> Self {
        let stack = TestStack::start().await;
        let api = Api::of(&stack);
        api.provision("acme").await;
        api.record("acme", &events()).await;
        let page = api.get("/v1/orgs/acme/events?limit=1000&order=oldest").await.json();
        let all = page["events"].as_array().unwrap();
        let (own, others): (Vec<_>, Vec<_>) = all.iter().partition(|event| event["actor"]["id"] == "usr_1");
        let texts = |events: &[&Value], name: &str| -> Vec<_> {
            events.iter().map(|event| event[name].as_str().unwrap().to_owned()).collect()
        };
        let own_instants = texts(&own, "occurred_at");
        let mut instants: BTreeSet<_> = texts(&others, "occurred_at").into_iter().collect();
        instants.retain(|at| !own_instants.contains(at));
        let (own, others) = (texts(&own, "id"), texts(&others, "id").into_iter().collect());
        Self { stack, api, own, others, instants }
    }

    /// A client of a new instance of the viewers' function, with an empty cache.
    fn instance(&self, bounds: impl Into<Bounds>) -> Api {
        let archive = SegmentStore::new(clients::s3(&self.stack.s3_endpoint()), buckets(), audit_query::CACHE_BYTES);
        let (tables, clock) = (self.stack.tables().clone(), self.stack.clock.clone());
        Api::new(service::framed(
            audit_query::view_routes(tables, archive, clock, bounds),
            CallerSource::ViewerSessions,
        ))
    }

    fn assert_hides(&self, page: &Value, about: &str) {
        let through = page["scanned_through"].as_str().unwrap();
        assert!(!self.instants.contains(through), "{about}: {page}");
        let Some(cursor) = page["next_cursor"].as_str() else { return };
        let bytes: [u8; 25] = BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap().try_into().unwrap();
        let position = uuid::Uuid::from_bytes(bytes[1..17].try_into().unwrap()).to_string();
        assert!(!self.others.contains(&position), "{about}: {page}");
    }

    /// All pages of a query.
    async fn pages(&self, reader: &Api, viewer: &Viewer, path: &str) -> Vec<Value> {
        let (mut pages, mut cursor) = (Vec::new(), String::new());
        loop {
            let answer = viewer.get(reader, &format!("/view/v1/{path}&cursor={cursor}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            let page = answer.json();
            self.assert_hides(&page, path);
            let next = page["next_cursor"].as_str().map(str::to_owned);
            assert!(next.as_ref() != Some(&cursor), "{path}: a page did not advance");
            pages.push(page);
            match next {
                Some(next) => cursor = next,
                None => return pages,
            }
        }
    }
}

#[tokio::test]
async fn no_page_shows_an_event_that_the_session_cannot_read_wherever_it_ends() {
    let hidden = Hidden::start().await;
    let viewer = Viewer::of(&hidden.api, "acme", SESSION).await;
    for row in 0..4 {
        put_unreadable(&hidden.stack, row, &format!("2026-11-22T10:00:0{}", row + 1)).await;
    }
    let to = "to=2026-11-23T00:00:00Z";
    for state in ["hot", "archived"] {
        for (hot_rows, limit) in [(1, 1), (1, 50), (3, 2), (7, 50)] {
            // Its pages end after each round.
            let reader = hidden.instance(Bounds { hot_rows, ..Duration::ZERO.into() });
            for order in ["newest", "oldest"] {
                let path = format!("events?{to}&order={order}&limit={limit}");
                let pages = hidden.pages(&reader, &viewer, &path).await;
                let events = pages.iter().flat_map(|page| page["events"].as_array().unwrap());
                let mut found: Vec<_> = events.map(|event| event["id"].as_str().unwrap()).collect();
                if order == "newest" {
                    found.reverse();
                }
                assert_eq!(found, hidden.own, "{state} {path}");
                let skipped: u64 = pages.iter().filter_map(|page| page["skipped"].as_u64()).sum();
                assert_eq!(skipped, 4, "{state} {path}");
            }
            let pages = hidden.pages(&reader, &viewer, &format!("stats?{to}&group_by=actor")).await;
            let total: u64 = pages.iter().map(|page| page["total"].as_u64().unwrap()).sum();
            assert_eq!(total, hidden.own.len() as u64, "{state}: {pages:?}");
        }
        hidden.api.archive().await;
    }
}

/// The first event of the org happened years before the first one that the session can read.
#[tokio::test]
async fn the_interval_is_chosen_from_what_the_session_can_read() {
    let hidden = Hidden::start().await;
    let early = r#"{"occurred_at":"2014-11-22T10:00:00Z","actor":{"id":"usr_2"},"action":"a.b","result":"failed"}"#;
    hidden.api.record("acme", &[early.to_owned()]).await;
    let viewer = Viewer::of(&hidden.api, "acme", SESSION).await;
    let nobody = Viewer::of(&hidden.api, "acme", &SESSION.replace("usr_1", "nobody")).await;
    let everybody = Viewer::of(&hidden.api, "acme", r#"{"viewer":{"id":"u"}}"#).await;
    for state in ["hot", "archived"] {
        let interval = async |viewer: &Viewer, query: &str| {
            viewer.get(&hidden.api, &format!("/view/v1/stats?group_by=time{query}")).await.json()["interval"].clone()
        };
        assert_eq!(interval(&viewer, "").await, "15m", "{state}");
        assert_eq!(interval(&nobody, "").await, "15m", "{state}");
        assert_eq!(interval(&everybody, "").await, "1mo", "{state}");
        assert_eq!(interval(&viewer, "&to=2012-01-01T00:00:00Z").await, "15m", "{state}");
        hidden.api.archive().await;
    }
}

#[tokio::test]
async fn a_session_that_begins_after_the_range_counts_nothing_of_it() {
    let hidden = Hidden::start().await;
    let body = r#"{"viewer":{"id":"u"},"only":{"from":"2026-11-22T10:00:00Z"}}"#;
    let viewer = Viewer::of(&hidden.api, "acme", body).await;
    let page = viewer.get(&hidden.api, "/view/v1/stats?to=2026-11-01T00:00:00Z").await.json();
    assert_eq!((&page["total"], &page["next_cursor"]), (&json!(0), &Value::Null));
    assert_eq!(page["scanned_from"], page["scanned_through"], "{page}");
}

#[tokio::test]
async fn damage_is_reported_in_days() {
    let hidden = Hidden::start().await;
    hidden.api.archive().await;
    let whole = hidden.stack.tables().ledger.whole(&audit_tests::org("acme")).await.unwrap();
    for record in &whole.segments {
        let file = hidden.stack.folder().join("s3/audit-archive").join(&record.key);
        std::fs::write(file, b"damaged").unwrap();
    }
    let viewer = Viewer::of(&hidden.api, "acme", SESSION).await;
    for path in
        ["events?order=oldest".to_owned(), "stats?group_by=actor".to_owned(), format!("events/{}", hidden.own[0])]
    {
        let answer = viewer.get(&hidden.instance(Duration::from_secs(600)), &format!("/view/v1/{path}")).await;
        assert_eq!(answer.problem(), "segment-unreadable", "{path}");
        let problem = answer.json();
        assert_eq!(problem["from"], "2026-11-22T00:00:00.000000Z", "{path}");
        assert_eq!(problem["to"], "2026-11-22T23:59:59.999999Z", "{path}");
    }
}
