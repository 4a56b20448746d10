//! Large events: accepted up to their limits, and returned in pages that fit into a response of Lambda.

use audit_core::limits::{EVENT_BYTES, PAGE_BYTES, REQUEST_BYTES, REQUEST_EVENTS};
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::exact::{ExactEvent, Walked, member};
use audit_tests::walk::Search;

const ORG: &str = "acme";
const EVENTS: &str = "/v1/orgs/acme/events";
/// What Lambda accepts as the payload of a request or a response, the body being a JSON string inside it.
const LAMBDA_BYTES: usize = 6 * 1024 * 1024;

/// An event of `number` seconds after noon, with `members` in addition to the required ones.
fn event(number: usize, members: &str) -> String {
    let (minute, second) = (number / 60 % 60, number % 60);
    format!(
        r#"{{"occurred_at":"2026-11-22T12:{minute:02}:{second:02}Z","actor":{{"id":"a"}},"action":"large.stored","result":"succeeded",{members}}}"#
    )
}

/// An event of exactly this many bytes, whose text repeats `unit`, the inside of a JSON string.
fn event_of(number: usize, bytes: usize, unit: &str) -> String {
    let rest = bytes - event(number, r#""details":{"t":""}"#).len();
    let text = unit.repeat(rest / unit.len()) + &"x".repeat(rest % unit.len());
    event(number, &format!(r#""details":{{"t":"{text}"}}"#))
}

/// Letters that Parquet cannot shorten to nothing.
fn noise(seed: usize) -> String {
    let mut state = seed as u64 + 1;
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + 2 + (state >> 58) as u8 % 50)
    };
    (0..10_000).map(letter).filter(|letter| *letter != '\\').collect()
}

async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision(ORG).await;
    (stack, api)
}

/// Records one event a second, walks them hot and archived in both orders, and compares the member that makes them
/// large.
async fn assert_walks_to_the_end(events: &[String], large: &str, at_most_pages: usize) {
    let (_stack, api) = start().await;
    assert_eq!(api.record(ORG, events).await.len(), events.len());
    let mut first: Vec<ExactEvent> = Vec::new();
    for state in ["hot", "archived"] {
        for order in ["oldest", "newest"] {
            let search = Search::new(ORG, &format!("order={order}"));
            let Walked { mut events, pages, largest_body, largest_escaped } = search.walk_exactly(&api, 1000).await;
            assert!(largest_body <= PAGE_BYTES && largest_escaped < LAMBDA_BYTES, "{state}: {largest_body} bytes");
            assert!(pages <= at_most_pages, "{state} {order}: {pages} pages, though each could contain more");
            if order == "newest" {
                events.reverse();
            }
            assert!(first.is_empty() || first == events, "{state} {order}");
            first = events;
        }
        api.archive().await;
    }
    assert_eq!(first.len(), events.len());
    for (found, sent) in first.iter().zip(events) {
        assert!(found.json(large) == member(sent, large), "{large} of {} differs", found.id);
    }
}

#[tokio::test]
async fn three_hundred_events_of_200_kb_walk_to_the_end_in_full_pages() {
    let events: Vec<_> = (0..300).map(|number| event_of(number, 200_000, &noise(number))).collect();
    assert_walks_to_the_end(&events, "/details", 300_usize.div_ceil(PAGE_BYTES / 200_300)).await;
}

#[tokio::test]
async fn quotes_and_backslashes_stay_below_what_lambda_takes_when_escaped_again() {
    let units = [r#"\""#, r"\\", r#"\"\\"#];
    let events: Vec<_> = (0..60).map(|number| event_of(number, 200_000, units[number % 3])).collect();
    assert_walks_to_the_end(&events, "/details", 60_usize.div_ceil(PAGE_BYTES / 200_300)).await;
    let empty_texts = |number| event(number, &format!(r#""details":{{"l":["x"{}]}}"#, r#","""#.repeat(60_000)));
    let events: Vec<_> = (0..30).map(empty_texts).collect();
    assert_walks_to_the_end(&events, "/details", 30_usize.div_ceil(PAGE_BYTES / 180_300)).await;
}

/// A control character is one byte in the stores and six in a response.
#[tokio::test]
async fn texts_that_swell_when_they_are_written_as_json_are_counted_as_written() {
    let text = format!(r#""{}""#, r"\u0001".repeat(2_048));
    let swollen = |number| {
        event(
            number,
            &format!(
                r#""failure_reason":{text},"target":{{"id":{text},"name":{text},"type":{text}}},"context":{{"user_agent":{text},"request_id":{text}}}"#
            ),
        )
    };
    let events: Vec<_> = (0..150).map(swollen).collect();
    assert_walks_to_the_end(&events, "/failure_reason", 150_usize.div_ceil(PAGE_BYTES / 74_300)).await;
}

#[tokio::test]
async fn an_event_of_256_kib_is_taken_and_one_byte_more_is_refused() {
    let (_stack, api) = start().await;
    for unit in ["x", r#"\""#, "é"] {
        let fits = event_of(0, EVENT_BYTES, unit);
        assert_eq!(fits.len(), 262_144);
        api.record(ORG, &[fits]).await;
        let past = event_of(1, EVENT_BYTES + 1, unit);
        let answer = api.post(EVENTS, past).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (400, "invalid-request"));
        let fault = answer.json()["errors"][0].clone();
        assert_eq!(fault["found"], "an event of 262145 bytes");
        assert!(fault["allowed"].as_str().unwrap().contains("262144 bytes"), "{fault}");
    }
    for _ in ["hot", "archived"] {
        let events = Search::new(ORG, "").walk_exactly(&api, 1000).await.events;
        assert_eq!(events.len(), 3);
        for event in &events {
            assert_eq!(api.get(&format!("{EVENTS}/{}", event.id)).await.text, event.text);
        }
        api.archive().await;
    }
}

#[tokio::test]
async fn a_request_of_2_5_mib_is_taken_and_one_byte_more_is_too_large() {
    let (_stack, api) = start().await;
    let request = |bytes: usize| {
        let mut events: Vec<_> = (0..10).map(|number| event_of(number, 250_000, r#"\""#)).collect();
        let last = bytes - events.iter().map(|event| event.len() + 1).sum::<usize>() - r#"{"events":[]}"#.len();
        events.push(event_of(10, last, "x"));
        format!(r#"{{"events":[{}]}}"#, events.join(","))
    };
    let (fits, past) = (request(REQUEST_BYTES), request(REQUEST_BYTES + 1));
    assert_eq!((fits.len(), past.len()), (2_621_440, 2_621_441));
    assert!(serde_json::to_string(&fits).unwrap().len() < LAMBDA_BYTES);
    let answer = api.post(EVENTS, past).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (413, "request-too-large"));
    assert_eq!(Search::new(ORG, "").walk_exactly(&api, 1000).await.events, [], "no part of it is stored");
    let answer = api.post(EVENTS, fits).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    assert_eq!(Search::new(ORG, "").walk_exactly(&api, 1000).await.events.len(), 11);
}

#[tokio::test]
async fn a_request_of_500_events_is_taken_and_one_more_is_refused() {
    let (_stack, api) = start().await;
    let request = |count: usize| {
        let events: Vec<_> = (0..count).map(|number| event(number, r#""details":{}"#)).collect();
        format!(r#"{{"events":[{}]}}"#, events.join(","))
    };
    let answer = api.post(EVENTS, request(REQUEST_EVENTS + 1)).await;
    assert_eq!((answer.status.as_u16(), answer.json()["errors"][0]["found"].as_str()), (400, Some("501 events")));
    assert_eq!(Search::new(ORG, "").walk_exactly(&api, 1000).await.events, []);
    assert_eq!(api.post(EVENTS, request(REQUEST_EVENTS)).await.json()["events"].as_array().unwrap().len(), 500);
    assert_eq!(Search::new(ORG, "").walk_exactly(&api, 1000).await.events.len(), 500);
}
