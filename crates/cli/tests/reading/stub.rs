//! A stub of the API: searches and counts events in memory, in small pages, and records every query.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use audit_core::{Clock as _, EventId, UnixMicros};
use audit_runtime::SystemClock;
use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Events of one page at most, and bars.
const PAGE: usize = 7;
const BARS: usize = 30;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;

pub(crate) fn now() -> i64 {
    SystemClock.now().micros()
}

/// Happens before a request; a status refuses it.
type Before = Box<dyn FnMut(&mut State) -> Option<u16> + Send>;

/// What the stub stores, and what it has seen.
#[derive(Default)]
pub(crate) struct State {
    /// By position: the id's text, the actor, and the JSON.
    events: BTreeMap<(i64, String), (String, String)>,
    /// The decoded parameters of every request, by route.
    pub(crate) seen: Vec<(String, Vec<(String, String)>)>,
    /// Before each request.
    pub(crate) before: Option<Before>,
}

impl State {
    /// Adds an event of `actor`; returns its id.
    pub(crate) fn add(&mut self, actor: &str, occurred_at: i64, ingested_at: i64, more: &str) -> String {
        let first = EventId::first_at(UnixMicros::new(occurred_at)).to_string();
        let id = format!("{}{:012x}", &first[..first.len() - 12], self.events.len());
        let (occurred, ingested) = (UnixMicros::new(occurred_at), UnixMicros::new(ingested_at));
        let json = format!(
            r#"{{"id":"{id}","occurred_at":"{occurred}","ingested_at":"{ingested}","actor":{{"id":"{actor}"}},"action":"a.b","result":"succeeded"{more}}}"#
        );
        self.events.insert((occurred_at, id.clone()), (actor.to_owned(), json));
        id
    }

    fn page(&self, query: &[(String, String)]) -> Response {
        let one = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let limit = one("limit").map_or(50, |limit| limit.parse().unwrap()).min(PAGE);
        let found: Vec<_> = self.matching(query).rev().collect();
        let next = found.get(limit).map(|_| format!("{}!{}", found[limit - 1].0.0, found[limit - 1].0.1));
        let events: Vec<_> = found.iter().take(limit).map(|(_, (_, json))| json.as_str()).collect();
        let body = format!(r#"{{"events":[{}],"next_cursor":{}}}"#, events.join(","), json!(next));
        body.into_response()
    }

    fn counts(&self, query: &[(String, String)]) -> Response {
        let one = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let length = match one("interval") {
            Some("15m") => 15 * MINUTE,
            Some("1d") => DAY,
            _ => i64::MAX,
        };
        let mut bars = BTreeMap::<i64, u64>::new();
        for ((at, _), _) in self.matching(query) {
            *bars.entry(at.div_euclid(length) * length).or_default() += 1;
        }
        let shown: Vec<_> = bars.iter().rev().take(BARS).collect();
        let next = (bars.len() > BARS).then(|| format!("{}!", shown[BARS - 1].0));
        let total: u64 = shown.iter().map(|(_, count)| **count).sum();
        let bar = |(at, count): &(&i64, &u64)| json!({"time": UnixMicros::new(**at).to_string(), "count": count, "failed": 0});
        let groups = one("group_by").map(|_| shown.iter().rev().map(bar).collect::<Vec<_>>());
        json!({"total": total, "failed": 0, "groups": groups, "scanned_from": null, "scanned_through": null, "next_cursor": next})
            .to_string()
            .into_response()
    }

    /// The events between `from` and the cursor or `to`, of one of the actors.
    fn matching(
        &self,
        query: &[(String, String)],
    ) -> impl DoubleEndedIterator<Item = (&(i64, String), &(String, String))> {
        let one = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let instant = |name| one(name).map(|text| text.parse::<UnixMicros>().unwrap().micros());
        let from = (instant("from").unwrap_or(i64::MIN), String::new());
        let to = (instant("to").unwrap_or(i64::MAX), String::new());
        let after = one("cursor").and_then(|text| text.split_once('!'));
        let to = after.map_or(to, |(at, id)| (at.parse().unwrap(), id.to_owned()));
        let actors: Vec<_> = query.iter().filter(|(key, _)| key == "actor").map(|(_, actor)| actor.clone()).collect();
        let range = self.events.range(from.clone()..to.max(from));
        range.filter(move |(_, (actor, _))| actors.is_empty() || actors.contains(actor))
    }
}

/// A running stub; it ends with the test.
pub(crate) struct Stub {
    pub(crate) url: String,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Stub {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let app = Router::new().fallback(move |uri: Uri| async move { respond(&mut shared.lock().unwrap(), &uri) });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, state }
    }

    /// The parameters of every request so far.
    pub(crate) fn seen(&self) -> Vec<(String, Vec<(String, String)>)> {
        self.state.lock().unwrap().seen.clone()
    }
}

fn respond(state: &mut State, uri: &Uri) -> Response {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let query: Vec<_> = pairs.map(|(name, value)| (decoded(name), decoded(value))).collect();
    state.seen.push((uri.path().to_owned(), query.clone()));
    if let Some(mut before) = state.before.take() {
        let refused = before(state);
        state.before = Some(before);
        if let Some(status) = refused {
            let problem = json!({"title": "The service is unavailable", "detail": "a store did not respond"});
            return (StatusCode::from_u16(status).unwrap(), problem.to_string()).into_response();
        }
    }
    let route = uri.path().strip_prefix("/v1/orgs/acme/").unwrap_or_default();
    let invalid = |allowed: &str| -> Value {
        json!({"title": "The request is invalid", "errors": [{"pointer": "?not_action", "found": "\"X\"", "allowed": allowed}]})
    };
    match route {
        _ if query.contains(&("not_action".to_owned(), "X".to_owned())) => {
            (StatusCode::BAD_REQUEST, invalid("an action").to_string()).into_response()
        }
        "events" => state.page(&query),
        "stats" => state.counts(&query),
        _ => (StatusCode::NOT_FOUND, "{}").into_response(),
    }
}
