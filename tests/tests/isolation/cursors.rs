//! A cursor continues only its own query of its own org.

use audit_core::{Cursor, EventId, Search as Query, UnixMicros};
use audit_tests::api::Api;
use audit_tests::{TestStack, org};
use axum::http::StatusCode;

/// Four events of one org, a second apart; the actor's id identifies the org.
fn events(org: &str) -> Vec<String> {
    let event = |second| {
        format!(
            r#"{{"occurred_at":"2026-11-22T10:15:{second:02}Z","actor":{{"id":"usr_of_{org}"}},"action":"a.b","result":"succeeded"}}"#
        )
    };
    (10..14).map(event).collect()
}

async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for name in ["acme", "acme2"] {
        api.provision(name).await;
        api.record(name, &events(name)).await;
    }
    (stack, api)
}

async fn first_cursor(api: &Api, org: &str, query: &str) -> String {
    let page = api.get(&format!("/v1/orgs/{org}/events?limit=2&{query}")).await;
    page.json()["next_cursor"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_cursor_of_another_org_or_another_query_is_refused_hot_and_archived() {
    let (_stack, api) = start().await;
    let query = "actor=usr_of_acme&from=2026-11-22T00:00:00Z";
    for state in ["hot", "archived"] {
        let cursor = first_cursor(&api, "acme", query).await;
        for (org, other) in [
            ("acme2", query),
            ("acme2", ""),
            ("acme", ""),
            ("acme", "actor=usr_of_acme"),
            ("acme", "actor=usr_of_acme2&from=2026-11-22T00:00:00Z"),
            ("acme", "target=usr_of_acme&from=2026-11-22T00:00:00Z"),
            ("acme", "actor=usr_of_acme&from=2026-11-22T00:00:00.000001Z"),
            ("acme", "actor=usr_of_acme&to=2026-11-22T00:00:00Z"),
            ("acme", "actor=usr_of_acme&from=2026-11-22T00:00:00Z&order=oldest"),
            ("acme", "actor=usr_of_acme&from=2026-11-22T00:00:00Z&result=succeeded"),
        ] {
            let answer = api.get(&format!("/v1/orgs/{org}/events?cursor={cursor}&{other}")).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::BAD_REQUEST, "invalid-request"),
                "{state} {org} {other}"
            );
            assert_eq!(answer.json()["errors"][0]["pointer"], "?cursor", "{state} {org} {other}");
        }
        let same = api.get(&format!("/v1/orgs/acme/events?cursor={cursor}&{query}&limit=1000")).await;
        assert_eq!(same.json()["events"].as_array().unwrap().len(), 2, "{state}: its own query accepts it");
        api.archive().await;
    }
}

/// The digest is not a secret: a caller who knows the format can write a cursor of their own query at any position.
#[tokio::test]
async fn a_cursor_made_by_hand_shows_its_own_org_alone_wherever_it_points() {
    let (_stack, api) = start().await;
    let at = |text: &str| EventId::first_at(audit_tests::instant(text));
    for state in ["hot", "archived"] {
        let theirs = api.get("/v1/orgs/acme/events?limit=1").await.json()["events"][0]["id"]
            .as_str()
            .and_then(|text| text.parse::<EventId>().ok());
        for order in ["newest", "oldest"] {
            let query = Query::read(org("acme2"), Some(&format!("order={order}"))).unwrap();
            for position in [
                theirs.unwrap(),
                EventId::first_at(UnixMicros::new(0)),
                EventId::new(UnixMicros::new(0), u64::MAX),
                at("1999-12-31T23:59:59Z"),
                at("2026-11-30T00:00:00Z"),
                at("9999-12-31T23:59:59.999999Z"),
                EventId::new(UnixMicros::LATEST, u64::MAX),
            ] {
                let cursor = query.cursor_at(position).encode();
                let answer = api.get(&format!("/v1/orgs/acme2/events?order={order}&cursor={cursor}")).await;
                assert_eq!(answer.status, StatusCode::OK, "{state} {order} {position}: {}", answer.text);
                let events = answer.json()["events"].as_array().cloned().unwrap();
                assert!(
                    events.iter().all(|event| event["actor"]["id"] == "usr_of_acme2"),
                    "{state} {order} {position}"
                );
                assert!(events.len() <= 4, "{state} {order} {position}");
            }
        }
        api.archive().await;
    }
}

#[tokio::test]
async fn a_cursor_at_a_position_that_no_event_can_have_is_refused() {
    let (_stack, api) = start().await;
    let query = Query::read(org("acme"), None).unwrap();
    for year_10000_on in [UnixMicros::new(UnixMicros::LATEST.micros() + 1), UnixMicros::new((1_i64 << 48) * 1000 - 1)] {
        let Cursor { position, digest } = query.cursor_at(EventId::first_at(year_10000_on));
        assert!(Cursor::decode(&query.cursor_at(position).encode(), digest).is_err());
        let answer = api.get(&format!("/v1/orgs/acme/events?cursor={}", query.cursor_at(position).encode())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{position}");
    }
}
