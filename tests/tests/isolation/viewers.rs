//! The token of a viewer session opens the routes of viewers while its session is open, and nothing else. Anything
//! else is one and the same 401 on every route of viewers, and costs a read of the table only if it is well-formed.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use audit_core::SessionToken;
use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use audit_tests::faults::FaultLayer;
use audit_tests::viewer::Viewer;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::gateway::{Caller, Delivery, Gateway};
use crate::routes::{EVENT, Route, documented, of_viewers};

const NO_EVENT: &str = "0193535e-9e4b-774b-8000-000000000005";
const SESSION: &str = r#"{"viewer":{"id":"usr_1"}}"#;

/// A stack with the orgs `acme` and `victim`, each with one archived event; returns the id of that of `acme`.
async fn start() -> (TestStack, Api, String) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let mut ids = Vec::new();
    for name in ["acme", "victim"] {
        api.provision(name).await;
        ids.push(api.record(name, &[EVENT.replace("usr_1", &format!("usr_of_{name}"))]).await.remove(0).0);
    }
    api.archive().await;
    (stack, api, ids.remove(0))
}

/// Texts that are no token of a session: none of them can be told from another by the response.
fn malformed(token: &str) -> Vec<String> {
    let swap = |at: usize, by: &str| format!("{}{by}{}", &token[..at], &token[at + 1..]);
    let token_of_session = |scheme: &str| format!("{scheme}{token}");
    let mut texts: Vec<_> =
        [4, 20, 46, 48, 53].map(|at| swap(at, if &token[at..=at] == "A" { "B" } else { "A" })).into();
    texts.extend([swap(3, "-"), swap(47, "-"), token[..53].to_owned(), format!("{token}A"), token.to_uppercase()]);
    texts.extend(
        ["", "x", "avs_", "avs__", "null", "undefined", &token[4..], "eyJhbGciOiJub25lIn0.e30."].map(str::to_owned),
    );
    let mut headers: Vec<_> = texts.into_iter().map(|text| format!("Bearer {text}")).collect();
    headers.extend(["Basic ", "Token ", "", "Bearer", "Bearer Bearer "].map(token_of_session));
    headers.push("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261123/eu-west-1/execute-api/aws4_request".to_owned());
    headers
}

async fn ask(api: &Api, route: &Route, id: &str, authorization: &[&str]) -> Answer {
    let mut request = Request::builder().method(route.method.as_str()).uri(route.target("acme", id));
    for value in authorization {
        request = request.header("authorization", *value);
    }
    api.send(request.body(Body::from(route.body())).unwrap()).await
}

fn assert_ended(answer: &Answer, texts: &mut BTreeSet<String>, about: &str) {
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::UNAUTHORIZED, "session-ended"), "{about}");
    assert_eq!(answer.headers["www-authenticate"], "Bearer", "{about}");
    texts.insert(answer.text.clone());
}

#[tokio::test]
async fn whatever_is_no_open_session_is_one_and_the_same_401_on_every_route_of_viewers() {
    let (stack, api, id) = start().await;
    let (expired, revoked, open) = (
        Viewer::of(&api, "acme", r#"{"viewer":{"id":"u"},"expires_in":60}"#).await,
        Viewer::of(&api, "acme", SESSION).await,
        Viewer::of(&api, "acme", SESSION).await,
    );
    stack.clock.set("2026-11-23T12:01:00Z");
    let path = format!("/v1/orgs/acme/viewer-sessions/{}", revoked.session_id);
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    let unknown = format!("Bearer {}", SessionToken::new([9; 32]).reveal());
    let mut refused = malformed(&open.token);
    refused.extend([expired.bearer(), revoked.bearer(), unknown]);
    let function = Api::of_viewers(&stack, (stack.tables().clone(), stack.archive().clone()));
    let mut texts = BTreeSet::new();
    assert!(of_viewers().len() >= 4);
    for route in of_viewers() {
        for (id, host) in [(id.as_str(), &api), (NO_EVENT, &api), ("x", &function), (id.as_str(), &function)] {
            for header in &refused {
                assert_ended(&ask(host, &route, id, &[header]).await, &mut texts, &format!("{route:?} {header}"));
            }
            assert_ended(&ask(host, &route, id, &[]).await, &mut texts, "no header");
            assert_ended(&ask(host, &route, id, &[&open.bearer(), &open.bearer()]).await, &mut texts, "two headers");
        }
        for ok in [open.bearer(), open.bearer().replacen('B', "b", 1)] {
            assert_eq!(ask(&function, &route, &id, &[&ok]).await.status, StatusCode::OK, "{route:?}");
        }
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[tokio::test]
async fn an_iam_principal_is_nobody_on_the_routes_of_viewers() {
    let (stack, api, id) = start().await;
    let viewer = Viewer::of(&api, "acme", SESSION).await;
    let gateway = Gateway::of_viewers(&stack);
    for route in of_viewers() {
        let ended = gateway.call(&route, "acme", &id, &Caller::verified()).await;
        assert_ended(&ended, &mut BTreeSet::new(), &format!("{route:?}"));
        let with_token =
            Caller { headers: json!({ "authorization": viewer.bearer() }), ..Caller::unverified(Value::Null) };
        assert_eq!(gateway.call(&route, "acme", &id, &with_token).await.status, StatusCode::OK, "{route:?}");
    }
}

#[tokio::test]
async fn no_route_of_the_platform_accepts_a_token_on_any_host() {
    let (stack, api, id) = start().await;
    let viewer = Viewer::of(&api, "acme", SESSION).await;
    let gateway = Gateway::of(&stack);
    for route in documented().iter().filter(|route| !route.is_health()) {
        let local = ask(&api, route, &id, &[&viewer.bearer()]).await;
        assert_eq!(
            (local.status, local.problem().as_str()),
            (StatusCode::UNAUTHORIZED, "unauthenticated"),
            "{route:?}"
        );
        for caller in [Caller::unverified(Value::Null), Caller::verified()] {
            let caller = Caller { headers: json!({ "authorization": viewer.bearer() }), ..caller };
            let answer = gateway.call(route, "acme", &id, &caller).await;
            assert_eq!(answer.problem(), "unauthenticated", "{route:?} {caller:?}");
        }
    }
    let local = Request::post("/local/viewer-session").header("authorization", viewer.bearer());
    let answer = api.send(local.body(Body::from(r#"{"org_id":"acme"}"#)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "a viewer makes no session");
}

#[tokio::test]
async fn a_token_in_a_url_is_not_accepted() {
    let (stack, api, _) = start().await;
    let Viewer { token, .. } = Viewer::of(&api, "acme", SESSION).await;
    let gateway = Gateway::of_viewers(&stack);
    for query in ["token", "access_token", "authorization"].map(|name| format!("{name}={token}")) {
        assert_eq!(api.get(&format!("/view/v1/events?{query}")).await.problem(), "session-ended");
        let delivery = Delivery::of("GET", &format!("/view/v1/events?{query}"));
        let answer = gateway.deliver(&delivery, &Caller::unverified(Value::Null)).await;
        assert_eq!(answer.problem(), "session-ended");
    }
}

#[tokio::test]
async fn a_malformed_token_costs_no_read_and_an_unknown_one_a_single_read() {
    let (stack, api, id) = start().await;
    let viewer = Viewer::of(&api, "acme", SESSION).await;
    let layer = FaultLayer::default();
    layer.allow_all();
    let function = Api::of_viewers(&stack, layer.clients(&stack));
    for route in of_viewers() {
        for header in malformed(&viewer.token) {
            ask(&function, &route, &id, &[&header]).await;
        }
    }
    assert_eq!(layer.calls(), []);
    let unknown = format!("Bearer {}", SessionToken::new([9; 32]).reveal());
    for (number, route) in of_viewers().iter().enumerate() {
        ask(&function, route, &id, &[&unknown]).await;
        let names: Vec<_> = layer.calls().into_iter().map(|call| call.name()).collect();
        assert_eq!(names, vec!["GetItem"; number + 1], "{route:?}");
    }
}

#[tokio::test]
async fn a_revocation_takes_effect_with_the_next_request_of_every_instance() {
    let (stack, api, id) = start().await;
    let clients = || (stack.tables().clone(), stack.archive().clone());
    let instances = [Api::of_viewers(&stack, clients()), Api::of_viewers(&stack, clients())];
    let sessions = |org: &str| format!("/v1/orgs/{org}/viewer-sessions");
    for route in of_viewers() {
        let (one, other, third) = (
            Viewer::of(&api, "acme", SESSION).await,
            Viewer::of(&api, "acme", SESSION).await,
            Viewer::of(&api, "acme", r#"{"viewer":{"id":"usr_2"}}"#).await,
        );
        let status =
            async |instance: &Api, viewer: &Viewer| ask(instance, &route, &id, &[&viewer.bearer()]).await.status;
        let open = async |viewer: &Viewer| {
            let statuses = [status(&instances[0], viewer).await, status(&instances[1], viewer).await];
            assert_eq!(statuses[0], statuses[1]);
            statuses[0] == StatusCode::OK
        };
        assert!(open(&one).await && open(&other).await && open(&third).await, "{route:?}");
        // Another org cannot revoke it, and does not learn that it exists.
        let foreign = api.delete(&format!("{}/{}", sessions("victim"), one.session_id)).await;
        assert_eq!((foreign.status, open(&one).await), (StatusCode::NO_CONTENT, true), "{route:?}");
        for _ in 0..2 {
            let revoked = api.delete(&format!("{}/{}", sessions("acme"), one.session_id)).await;
            assert_eq!((revoked.status, open(&one).await), (StatusCode::NO_CONTENT, false), "{route:?}");
        }
        let of_viewer = async |org: &str| api.delete(&format!("{}?viewer=usr_1", sessions(org))).await.json();
        assert_eq!(of_viewer("victim").await, json!({ "revoked": 0 }));
        assert!(open(&other).await);
        assert_eq!(
            (of_viewer("acme").await, of_viewer("acme").await),
            (json!({ "revoked": 1 }), json!({ "revoked": 0 }))
        );
        assert!(!open(&other).await && open(&third).await, "{route:?}");
        let listed = api.get(&sessions("acme")).await.json();
        assert_eq!((&listed["sessions"][0]["viewer"]["id"], &listed["complete"]), (&json!("usr_2"), &json!(true)));
        assert_eq!(listed["sessions"].as_array().unwrap().len(), 1, "{listed}");
        api.delete(&format!("{}?viewer=usr_2", sessions("acme"))).await;
    }
}

#[tokio::test]
async fn a_session_ends_at_its_instant_and_with_the_plan_of_its_org() {
    let (stack, api, id) = start().await;
    let viewer = Viewer::of(&api, "acme", r#"{"viewer":{"id":"u"},"expires_in":43200}"#).await;
    let all = async |expected: (u16, &str)| {
        for route in of_viewers() {
            let answer = ask(&api, &route, &id, &[&viewer.bearer()]).await;
            let problem = if answer.status == StatusCode::OK { String::new() } else { answer.problem() };
            assert_eq!((answer.status.as_u16(), problem.as_str()), expected, "{route:?}");
        }
    };
    all((200, "")).await;
    api.put("/v1/orgs/acme", r#"{"name":"Acme","plan":"team"}"#).await;
    // Positive answers about the plan are cached for a minute.
    stack.clock.set("2026-11-23T12:01:00Z");
    all((403, "plan-required")).await;
    api.provision("acme").await;
    all((200, "")).await;
    stack.clock.set("2026-11-23T23:59:59.999999Z");
    all((200, "")).await;
    stack.clock.set("2026-11-24T00:00:00Z");
    all((401, "session-ended")).await;
    assert_eq!(api.get("/v1/orgs/acme/viewer-sessions").await.json()["sessions"], json!([]));
}

/// Keeps the lines of the log that are about the routes of viewers or contain a token.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        if line.contains("/view/v1/") || line.contains("avs_") {
            self.0.lock().unwrap().push_str(&line);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The log is that of all tests of this binary: a collector of one thread can miss lines while other tests run.
#[tokio::test]
async fn no_token_is_in_a_log_a_problem_or_a_store() {
    let (stack, api, id) = start().await;
    let log = Log::default();
    let of_this_project = EnvFilter::new("audit=trace");
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_env_filter(of_this_project);
    tracing::subscriber::set_global_default(subscriber.with_writer(log.clone()).finish()).unwrap();
    let viewer = Viewer::of(&api, "acme", SESSION).await;
    let (secret, altered) = (&viewer.token[4..47], viewer.token.replace("avs_", "avs-"));
    let mut answers = Vec::new();
    for route in of_viewers() {
        for header in [viewer.bearer(), format!("Bearer {altered}"), format!("Basic {}", viewer.token)] {
            answers.push(ask(&api, &route, &id, &[&header]).await.text);
            answers.push(ask(&api, &route, "%ff", &[&header]).await.text);
        }
    }
    answers.push(ask(&api, &documented()[0], &id, &[&viewer.bearer()]).await.text);
    answers.push(api.get("/v1/orgs/acme/viewer-sessions").await.text);
    answers.push(api.get("/v1/orgs/acme/events").await.text);
    api.delete(&format!("/v1/orgs/acme/viewer-sessions/{}", viewer.session_id)).await;
    answers.push(viewer.get(&api, "/view/v1/events").await.text);
    for answer in answers {
        assert!(!answer.contains(secret), "{answer}");
    }
    let log = log.0.lock().unwrap().clone();
    assert!(log.contains("/view/v1/events"), "the log was collected");
    assert!(!log.contains(secret));
    let stored = stack.dynamodb().scan().table_name(audit_local::stack::table_names().sessions).send().await.unwrap();
    assert!(stored.count() >= 3, "the session, its place in the list, and a mark");
    for item in stored.items() {
        assert!(
            item.values().all(|value| value.as_s().is_ok_and(|text| !text.contains(secret)) || value.as_s().is_err())
        );
    }
}
