//! No response is ever about an org that is not, byte for byte, the third segment of the raw path.

use std::cell::RefCell;
use std::collections::BTreeMap;

use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use audit_tests::walk::Search;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::cases::try_cases;
use crate::gateway::{Caller, Delivery, Gateway, decoded};
use crate::routes::documented;

const ORGS: [&str; 2] = ["acme", "victim"];

/// One event of each org, hot and archived; their actors identify the org. Returns the ids of the hot ones.
async fn start() -> (TestStack, Gateway, BTreeMap<&'static str, String>) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let mut ids = BTreeMap::new();
    for archived in [true, false] {
        for name in ORGS {
            api.provision(name).await;
            ids.insert(name, api.record(name, &[event(name)]).await.remove(0).0);
        }
        if archived {
            api.archive().await;
        }
    }
    let gateway = Gateway::of(&stack);
    (stack, gateway, ids)
}

fn event(of: &str) -> String {
    format!(
        r#"{{"occurred_at":"2026-11-22T10:15:30Z","actor":{{"id":"usr_of_{of}"}},"action":"a.b","result":"succeeded"}}"#
    )
}

/// What is between two slashes, or in the place of one. `{acme}` is an id of an event of that org.
fn piece() -> impl Strategy<Value = String> {
    let known = vec![
        "v1",
        "orgs",
        "events",
        "acme",
        "victim",
        "{acme}",
        "{victim}",
        "healthz",
        "catalog",
        "..",
        ".",
        "%2e%2e",
        ".%2E",
        "%2e",
        "",
        "\\",
        "%5c",
        "%5C",
        "%2f",
        "%2F",
        "%252f",
        "%25",
        "%",
        "%00",
        "%09",
        "%0a",
        "%20",
        "?",
        "%3f",
        "%3F",
        "#",
        "%23",
        ";",
        ":",
        "@",
        "VICTIM",
        "%76ictim",
        "%61cme",
        "acme%2fevents",
        "victim;x",
        "é",
        "\u{ff0f}",
        "%c0%af",
        "%ef%bc%8f",
        "\t",
        "|",
        "\"",
        "..;",
        "...",
        "~",
        "*",
    ];
    prop_oneof![12 => select(known).prop_map(str::to_owned), 1 => any::<String>().prop_map(|text| text.chars().take(5).collect())]
}

/// A path as a caller may send it: of random pieces, or a path of `acme` that tries to leave its place.
fn path() -> impl Strategy<Value = String> {
    let joint = || select(vec!["/", "/", "/", "\\", "%2f", "%5c", "", "//"]);
    let random = vec((joint(), piece()), 1..9).prop_map(|parts| concat("", parts));
    let front = select(vec![
        "/v1/orgs/acme",
        "/v1/orgs/acme/events",
        "/v1/orgs/acme/events/{acme}",
        "/v1/orgs/acme/events/..",
        "/v1/orgs",
        "/v1/orgs/acme/events/..\\..",
        "/healthz",
    ]);
    let leaving = (front, vec((joint(), piece()), 0..6)).prop_map(|(front, parts)| concat(front, parts));
    // The path of a route, with one character of another org's, or another form of it.
    let orgs = select(vec![
        "acme",
        "victim",
        "%61cme",
        "victi%6d",
        "acme%2f..%2fvictim",
        "acme/../victim",
        "acme\\..\\victim",
    ]);
    let rest = select(vec!["", "/events", "/events/{acme}", "/events/{victim}", "/events/..\\..\\victim\\events"]);
    let near = (orgs, rest).prop_map(|(org, rest)| format!("/v1/orgs/{org}{rest}"));
    prop_oneof![2 => random, 3 => leaving, 3 => near]
}

fn concat(front: &str, parts: Vec<(&str, String)>) -> String {
    parts.into_iter().fold(front.to_owned(), |path, (joint, piece)| path + joint + &piece)
}

fn with_ids(path: &str, ids: &BTreeMap<&str, String>) -> String {
    path.replace("{acme}", &ids["acme"]).replace("{victim}", &ids["victim"])
}

/// What is sent with a case: a method, and a body whose marks identify the case.
fn body(method: &str, mark: &str) -> String {
    match method {
        "PUT" => format!(r#"{{"name":"{mark}","plan":"enterprise"}}"#),
        "POST" => event(mark),
        _ => String::new(),
    }
}

/// The orgs that a successful response is about: its own org, and those of the events in it.
fn about(answer: &Answer) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("org_id").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| collect(value, found));
            }
            Value::Array(elements) => elements.iter().for_each(|value| collect(value, found)),
            Value::String(text) => found.extend(text.strip_prefix("usr_of_").map(str::to_owned)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if answer.status.is_success() && !answer.text.is_empty() {
        collect(&answer.json(), &mut found);
    }
    // The marks of this test's own events identify the org that they were sent to.
    found.iter_mut().for_each(|org| *org = org.split('_').next().unwrap_or_default().to_owned());
    found
}

/// A response is about the third segment of a raw path, or about no org.
fn assert_about_third(answer: &Answer, raw_path: &str, what: &str) {
    let third = raw_path.split('/').nth(3).unwrap_or_default();
    for org in about(answer) {
        assert_eq!(org, third, "{what}: {}", answer.text);
    }
    assert!(answer.status.as_u16() < 500, "{what}: {}", answer.text);
}

/// After the cases no org has an event or a name that was sent to another path.
fn assert_none_crossed(runtime: &Runtime, stack: &TestStack) {
    let api = Api::of(stack);
    for name in ORGS {
        let events = runtime.block_on(Search::new(name, "").walk(&api, 1000));
        let foreign = events.iter().find(|event| {
            let actor = event["actor"]["id"].as_str().unwrap();
            !(actor == format!("usr_of_{name}") || actor.starts_with(&format!("usr_of_{name}_")))
        });
        assert!(foreign.is_none(), "{name} has {foreign:?}");
        let profile = runtime.block_on(api.get(&format!("/v1/orgs/{name}"))).json();
        let told = profile["name"].as_str().unwrap();
        assert!(told == "Test" || told.starts_with(&format!("{name}_")), "{profile}");
    }
}

/// A mark that begins with the third segment of a path where it is one of the two orgs.
fn mark(raw_path: &str) -> String {
    let third = raw_path.split('/').nth(3).unwrap_or_default();
    let known = ORGS.iter().find(|org| **org == third).copied().unwrap_or("nobody");
    format!("{known}_")
}

#[test]
fn no_answer_is_about_an_org_that_is_not_the_third_segment_of_the_raw_path() {
    let runtime = Runtime::new().unwrap();
    let (stack, gateway, ids) = runtime.block_on(start());
    let methods = select(vec!["GET", "GET", "GET", "PUT", "POST", "DELETE", "HEAD"]);
    let parameters = select(vec!["as matched", "of acme", "of victim", "none"]);
    let answered = RefCell::new(0);
    try_cases(1, (path(), methods, parameters, any::<bool>()), |(path, method, parameters, as_sent)| {
        let path = with_ids(&path, &ids);
        let mut delivery = Delivery::of(method, &path);
        // Whether the path is delivered decoded or not, nothing of it may be read in two ways.
        if as_sent {
            delivery.raw_path = path.split('?').next().unwrap().to_owned();
        }
        let of =
            |org: &str| BTreeMap::from([("org_id".to_owned(), org.to_owned()), ("id".to_owned(), ids[org].clone())]);
        match parameters {
            "of acme" => delivery.parameters = Some(of("acme")),
            "of victim" => delivery.parameters = Some(of("victim")),
            "none" => delivery.parameters = None,
            _ => {}
        }
        let delivery = Delivery { body: body(method, &mark(&delivery.raw_path)), ..delivery };
        let answer = runtime.block_on(gateway.deliver(&delivery, &Caller::verified()));
        assert_about_third(&answer, &delivery.raw_path, &format!("{delivery:?}"));
        if let Some(org) = about(&answer).first() {
            let authorized = delivery.parameters.as_ref().and_then(|parameters| parameters.get("org_id"));
            assert_eq!(authorized, Some(org), "{delivery:?}: {}", answer.text);
            *answered.borrow_mut() += 1;
        }
    });
    assert!(*answered.borrow() > 0, "no case had a response about an org");
    assert_none_crossed(&runtime, &stack);
}

/// The README's own policy for a principal that may read one org: `GET/v1/orgs/acme/*`.
#[test]
fn a_principal_that_may_read_one_org_reads_no_other_whatever_path_it_sends() {
    let runtime = Runtime::new().unwrap();
    let (_stack, gateway, ids) = runtime.block_on(start());
    try_cases(1, path(), |path| {
        let path = with_ids(&path, &ids);
        let delivery = Delivery::of("GET", &path);
        let allowed = |path: &str| path.starts_with("/v1/orgs/acme/");
        // Whether IAM compares the path as it was sent or decoded.
        if allowed(&path) || allowed(&decoded(&path)) {
            let answer = runtime.block_on(gateway.deliver(&delivery, &Caller::verified()));
            assert!(about(&answer).iter().all(|org| org == "acme"), "{delivery:?}: {}", answer.text);
        }
    });
}

/// `serve` has the request target as it was sent.
#[test]
fn no_answer_of_serve_is_about_an_org_that_is_not_the_third_segment_of_the_raw_path() {
    let runtime = Runtime::new().unwrap();
    let (stack, _, ids) = runtime.block_on(start());
    let api = Api::of(&stack);
    let methods = select(vec!["GET", "GET", "GET", "PUT", "POST", "DELETE", "HEAD"]);
    try_cases(1, (path(), methods), |(path, method)| {
        let path = with_ids(&path, &ids);
        let raw_path = path.split('?').next().unwrap();
        let request = Request::builder().method(method).uri(&path).body(Body::from(body(method, &mark(raw_path))));
        // What is not a URI at all is refused before any code of this project, and tested over a socket.
        let Ok(request) = request else { return };
        let sent = request.uri().path().to_owned();
        let answer = runtime.block_on(api.send(request));
        // The page is the same for all orgs, and no JSON.
        if answer.text != audit_viewer::PAGE {
            assert_about_third(&answer, &sent, &path);
        }
    });
    assert_none_crossed(&runtime, &stack);
}

#[tokio::test]
async fn a_path_with_two_readings_is_400_on_every_route_for_a_caller_and_401_for_nobody() {
    let (stack, gateway, ids) = start().await;
    let api = Api::of(&stack);
    for route in documented() {
        let path = route.path("acme", &ids["acme"]);
        let first = path.rfind('/').unwrap() + 1;
        let escaped = format!("{}%{:02x}{}", &path[..first], path.as_bytes()[first], &path[first + 1..]);
        // A decoded path does not show this one; serve has it as it was sent.
        let request = Request::builder().method(route.method.as_str()).uri(&escaped).body(Body::from(route.body()));
        let answer = api.send(request.unwrap()).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::BAD_REQUEST, "invalid-request"),
            "{escaped}"
        );
        for other in [
            path.replacen('/', "/./", 1),
            format!("/x/..{path}"),
            format!("{path}/.."),
            format!("{path}/..\\..\\victim\\events"),
            format!("{path}\\"),
            format!("{path}%"),
            format!("{path}%252e"),
            format!("{path}%00"),
            format!("{path}%7f"),
            format!("{path}%0d%0ax"),
            format!("{path}%5c..%5cvictim"),
            format!("{path}é"),
            format!("{path}%23x"),
        ] {
            let unverified = gateway.call_path(&route, &other, &Caller::unverified(Value::Null)).await;
            assert_eq!(unverified.status, StatusCode::UNAUTHORIZED, "{other}: {}", unverified.text);
            let request = Request::builder().method(route.method.as_str()).uri(&other).body(Body::from(route.body()));
            let by_gateway = gateway.call_path(&route, &other, &Caller::verified()).await;
            for answer in [by_gateway, api.send(request.unwrap()).await] {
                assert_eq!(
                    (answer.status, answer.problem().as_str()),
                    (StatusCode::BAD_REQUEST, "invalid-request"),
                    "{other}: {}",
                    answer.text
                );
                assert_eq!(answer.json()["errors"][0]["pointer"], "{path}", "{other}");
            }
        }
    }
}

/// The attack as it was found: allowed by the policy `GET/v1/orgs/acme/*`, and once the response contained the victim's
/// events.
#[tokio::test]
async fn a_path_of_one_org_that_climbs_to_another_is_refused() {
    let (_stack, gateway, _) = start().await;
    for target in [
        r"/v1/orgs/acme/events/..\..\victim\events",
        "/v1/orgs/acme/events/..%5c..%5cvictim%5cevents",
        "/v1/orgs/acme%2F..%2Fvictim/events",
        "/v1/orgs/acme%2f%2e%2e%2fvictim/events",
        "/v1/orgs/acme/events/..%2F..%2Fvictim%2Fevents",
    ] {
        let answer = gateway.deliver(&Delivery::of("GET", target), &Caller::verified()).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::BAD_REQUEST, "invalid-request"),
            "{target}"
        );
        assert!(!answer.text.contains("usr_of_victim"), "{target}");
    }
}
