//! A session reads the events of its org that its restriction allows, hot and archived, and nothing else.

use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use audit_tests::viewer::Viewer;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};

/// Events of `acme` that differ in all that a restriction can name, and one of `victim`.
const EVENTS: [(&str, &str, &str, &str); 6] = [
    ("2026-11-20T10:00:00Z", "usr_1", "member.invited", "t_1"),
    ("2026-11-20T11:00:00Z", "usr_2", "member.invited", "t_1"),
    ("2026-11-21T10:00:00Z", "usr_1", "billing.plan_changed", "t_2"),
    ("2026-11-21T11:00:00Z", "usr_2", "billing.plan_changed", "t_2"),
    ("2026-11-22T10:00:00Z", "usr_1", "monitor.created", "t_3"),
    ("2026-11-22T11:00:00Z", "usr_3", "monitor.deleted", "t_1"),
];

fn event((at, actor, action, target): (&str, &str, &str, &str)) -> String {
    json!({
        "occurred_at": at, "actor": {"id": actor, "email": format!("{actor}@x.y")}, "action": action,
        "target": {"id": target}, "result": "succeeded",
    })
    .to_string()
}

/// Returns the ids of the events of `acme`, in their order, and that of `victim`.
async fn start() -> (TestStack, Api, Vec<String>, String) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for name in ["acme", "victim"] {
        api.provision(name).await;
    }
    let ids = api.record("acme", &EVENTS.map(event)).await.into_iter().map(|(id, _)| id).collect();
    let theirs = api.record("victim", &[event(EVENTS[0])]).await.remove(0).0;
    (stack, api, ids, theirs)
}

/// The ids of all pages of a search that are not of the log about itself.
async fn walk(api: &Api, viewer: &Viewer, query: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = viewer.get(api, &format!("/view/v1/events?limit=2&{query}{cursor}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let page = page.json();
        for event in page["events"].as_array().unwrap() {
            assert_eq!(event["org_id"], "acme");
            if event["category"] != "audit_log" {
                ids.push(event["id"].as_str().unwrap().to_owned());
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

/// Restrictions, and the places of the events that each allows.
fn restrictions() -> [(Value, &'static [usize]); 9] {
    [
        (json!({}), &[0, 1, 2, 3, 4, 5]),
        (json!({"actor": ["usr_1"]}), &[0, 2, 4]),
        (json!({"actor": ["USR_2@X.Y", "usr_3"]}), &[1, 3, 5]),
        (json!({"action": ["billing.*", "monitor.created"]}), &[2, 3, 4]),
        (json!({"category": ["team"]}), &[0, 1]),
        (json!({"target": ["t_1"]}), &[0, 1, 5]),
        (json!({"from": "2026-11-21T11:00:00Z"}), &[3, 4, 5]),
        (json!({"actor": ["usr_1"], "target": ["t_1", "t_2"], "from": "2026-11-21T00:00:00Z"}), &[2]),
        (json!({"actor": ["nobody"]}), &[]),
    ]
}

#[tokio::test]
async fn a_restriction_holds_for_searches_and_look_ups_hot_archived_and_in_both_orders() {
    let (_stack, api, ids, theirs) = start().await;
    for state in ["hot", "archived"] {
        for (only, allowed) in restrictions() {
            let viewer = Viewer::of(&api, "acme", &json!({"viewer": {"id": "u"}, "only": only}).to_string()).await;
            let mut expected: Vec<_> = allowed.iter().map(|place| ids[*place].clone()).collect();
            assert_eq!(walk(&api, &viewer, "order=oldest").await, expected, "{state} {only}");
            expected.reverse();
            assert_eq!(walk(&api, &viewer, "").await, expected, "{state} {only}");
            let of_usr_1: Vec<_> =
                allowed.iter().filter(|place| *place % 2 == 0).map(|place| ids[*place].clone()).collect();
            assert_eq!(walk(&api, &viewer, "actor=usr_1&order=oldest").await, of_usr_1, "{state} {only}");
            let early = walk(&api, &viewer, "to=2026-11-20T11:00:00Z").await;
            assert!(early.iter().all(|id| *id == ids[0] && allowed.contains(&0)), "{state} {only}: {early:?}");
            let counted = viewer
                .get(&api, "/view/v1/stats?group_by=actor&action=member.*&action=billing.*&action=monitor.*")
                .await;
            assert_eq!(counted.json()["total"], allowed.len(), "{state} {only}: {}", counted.text);
            let none = viewer.get(&api, "/view/v1/events/0193535e-9e4b-774b-8000-000000000005").await;
            for (place, id) in ids.iter().enumerate() {
                let found = viewer.get(&api, &format!("/view/v1/events/{id}")).await;
                assert_eq!(found.status == StatusCode::OK, allowed.contains(&place), "{state} {only} {place}");
                assert!(found.status == StatusCode::OK || found.text == none.text, "{state} {only} {place}");
            }
            let other = viewer.get(&api, &format!("/view/v1/events/{theirs}")).await;
            assert_eq!((other.status, &other.text), (StatusCode::NOT_FOUND, &none.text), "{state} {only}");
            let described = viewer.get(&api, "/view/v1/session").await.json();
            assert_eq!(described["org"], json!({"id": "acme", "name": "Test"}));
            assert_eq!(described["only"].as_object().unwrap().len(), only.as_object().unwrap().len());
        }
        api.archive().await;
    }
}

#[tokio::test]
async fn no_parameter_leads_out_of_the_session() {
    let (_stack, api, ..) = start().await;
    let viewer = Viewer::of(&api, "acme", r#"{"viewer":{"id":"u"},"only":{"actor":["usr_1"]}}"#).await;
    for query in ["org_id=victim", "org=victim", "only=x", "actor=usr_2&only=", "session=x"] {
        let answer = viewer.get(&api, &format!("/view/v1/events?{query}")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "invalid-request"), "{query}");
    }
    for path in ["/view/v1/catalog?x=1", "/view/v1/session?x=1"] {
        assert_eq!(viewer.get(&api, path).await.problem(), "invalid-request", "{path}");
    }
    for other in ["usr_2", "usr_3", "usr_of_victim"] {
        assert_eq!(walk(&api, &viewer, &format!("actor={other}")).await, [""; 0], "{other}");
    }
}

#[tokio::test]
async fn a_cursor_continues_only_within_the_same_restriction_and_org() {
    let (_stack, api, ..) = start().await;
    let viewer = async |org: &str, only: Value| {
        Viewer::of(&api, org, &json!({"viewer": {"id": "u"}, "only": only}).to_string()).await
    };
    let narrow = viewer("acme", json!({"actor": ["usr_1"]})).await;
    let page = narrow.get(&api, "/view/v1/events?limit=1").await.json();
    let path = format!("/view/v1/events?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let same = viewer("acme", json!({"actor": ["usr_1"]})).await;
    assert_eq!(same.get(&api, &path).await.status, StatusCode::OK);
    for (org, only) in [
        ("acme", json!({})),
        ("acme", json!({"actor": ["usr_2"]})),
        ("acme", json!({"actor": ["usr_1"], "from": "2026-11-20T00:00:00Z"})),
        ("victim", json!({"actor": ["usr_1"]})),
    ] {
        let answer = viewer(org, only.clone()).await.get(&api, &path).await;
        assert_eq!(answer.json()["errors"][0]["pointer"], "?cursor", "{org} {only}: {}", answer.text);
    }
    let platform = api.get(&path.replace("/view/v1", "/v1/orgs/acme")).await;
    assert_eq!(platform.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_session_is_used_only_for_what_it_may() {
    let (_stack, api, ids, _) = start().await;
    let viewer = Viewer::of(&api, "acme", r#"{"viewer":{"id":"u"},"may":["stats"]}"#).await;
    for path in ["/view/v1/events".to_owned(), format!("/view/v1/events/{}", ids[0])] {
        let answer = viewer.get(&api, &path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::FORBIDDEN, "not-allowed"), "{path}");
    }
    assert_eq!(viewer.get(&api, "/view/v1/session").await.json()["may"], json!(["stats"]));
    let searching = Viewer::of(&api, "acme", r#"{"viewer":{"id":"u"},"may":["search"]}"#).await;
    assert_eq!(searching.get(&api, "/view/v1/stats").await.problem(), "not-allowed");
    let searched = api.get("/v1/orgs/acme/events?action=audit_log.searched").await.json();
    assert_eq!(searched["events"], json!([]), "what is refused is not recorded as read");
}

/// A product embeds the viewer in its own pages.
#[tokio::test]
async fn a_page_of_any_origin_may_use_a_token_and_no_cookie() {
    let (stack, api, ids, _) = start().await;
    let viewer = Viewer::of(&api, "acme", r#"{"viewer":{"id":"u"}}"#).await;
    let function = Api::of_viewers(&stack, (stack.tables().clone(), stack.archive().clone()));
    let with_origin = async |host: &Api, method: &str, path: &str, authorization: &str| -> Answer {
        let request = Request::builder().method(method).uri(path).header("origin", "https://product.example");
        host.send(request.header("authorization", authorization).body(Body::empty()).unwrap()).await
    };
    let paths = ["events", "stats", "catalog", "session"].map(|name| format!("/view/v1/{name}"));
    for path in paths.into_iter().chain([format!("/view/v1/events/{}", ids[0])]) {
        for host in [&api, &function] {
            let preflight = with_origin(host, "OPTIONS", &path, "").await;
            assert_eq!(preflight.status, StatusCode::NO_CONTENT, "{path}");
            assert_eq!(preflight.headers["access-control-allow-headers"], "authorization");
            assert_eq!(preflight.headers["access-control-allow-methods"], "GET");
            for (authorization, status) in
                [(viewer.bearer(), StatusCode::OK), (String::new(), StatusCode::UNAUTHORIZED)]
            {
                let answer = with_origin(host, "GET", &path, &authorization).await;
                assert_eq!((answer.status, &answer.headers["cache-control"]), (status, &"no-store".parse().unwrap()));
                assert_eq!(answer.headers["access-control-allow-origin"], "*", "{path}");
                assert!(!answer.headers.contains_key("access-control-allow-credentials"));
            }
        }
    }
    for path in ["/view/v1/unknown", "/view/v1/../events", "/view/v1/%65vents", "/view/"] {
        for host in [&api, &function] {
            let answer = with_origin(host, "GET", path, &viewer.bearer()).await;
            assert_eq!(answer.headers["access-control-allow-origin"], "*", "{path}: {}", answer.text);
            assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        }
    }
    for path in ["/v1/catalog", "/v1/orgs/acme/events", "/v1/orgs/acme/viewer-sessions", "/openapi.json"] {
        for method in ["GET", "OPTIONS"] {
            let answer = with_origin(&api, method, path, "").await;
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_page_of_any_origin_may_read_that_a_handler_panicked() {
    let panics = Router::new().route("/view/v1/catalog", get(async || -> StatusCode { panic!("in a handler") }));
    let api = Api::new(service::framed(panics, CallerSource::ViewerSessions));
    let answer = api.get("/view/v1/catalog").await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert_eq!(answer.headers["cache-control"], "no-store");
}
