//! A stub of the service: records every request, and responds as a test specifies.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// How many requests came before.
    pub(crate) nth: usize,
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) events: Vec<Value>,
}

impl Seen {
    /// The keys of the events.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.events.iter().map(|event| event["idempotency_key"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A response.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) retry_after: Option<&'static str>,
    pub(crate) delay: Duration,
}

impl Reply {
    pub(crate) fn new(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string(), retry_after: None, delay: Duration::ZERO }
    }

    pub(crate) fn problem(status: u16, detail: &str) -> Self {
        Self::new(
            status,
            &json!({"type": "urn:problem-type:audit:x", "title": "t", "status": status, "detail": detail}),
        )
    }

    pub(crate) fn statuses(status: u16, statuses: &[&str]) -> Self {
        let events: Vec<_> = statuses.iter().map(|status| json!({"id": "x", "status": status})).collect();
        Self::new(status, &json!({"title": "Busy", "events": events}))
    }

    pub(crate) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// What the stub has stored, by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store(Arc<Mutex<BTreeSet<String>>>);

impl Store {
    /// Stores all events.
    pub(crate) fn take(&self, seen: &Seen) -> Reply {
        let mut stored = self.0.lock().unwrap();
        let status = |key| if stored.insert(key) { "created" } else { "duplicate" };
        let statuses: Vec<_> = seen.keys().into_iter().map(status).collect();
        Reply::statuses(201, &statuses)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// A running stub.
pub(crate) struct Stub {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    most_at_once: Arc<AtomicUsize>,
}

impl Stub {
    /// Starts a stub that responds with `reply`.
    pub(crate) async fn start(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (reply, record, most_at_once) = (Arc::new(reply), Arc::clone(&seen), Arc::clone(&most));
        let handler = move |uri: Uri, body: Bytes| {
            let (reply, record, now, most) =
                (Arc::clone(&reply), Arc::clone(&record), Arc::clone(&now), Arc::clone(&most));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let seen = note(&record, &uri, &body);
                let reply = reply(&seen);
                tokio::time::sleep(reply.delay).await;
                now.fetch_sub(1, Ordering::SeqCst);
                respond(reply)
            }
        };
        let app = Router::new().fallback(handler).layer(DefaultBodyLimit::disable());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen, most_at_once }
    }

    /// Starts a stub that stores everything.
    pub(crate) async fn storing() -> (Self, Store) {
        let store = Store::default();
        let stored = store.clone();
        (Self::start(move |seen| stored.take(seen)).await, store)
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }
}

fn note(record: &Mutex<Vec<Seen>>, uri: &Uri, body: &[u8]) -> Seen {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let events = serde_json::from_str::<Value>(&body).unwrap()["events"].as_array().unwrap().clone();
    let mut record = record.lock().unwrap();
    let seen = Seen { nth: record.len(), path: uri.path().to_owned(), body, events };
    record.push(seen.clone());
    seen
}

fn respond(reply: Reply) -> Response {
    let mut response = (StatusCode::from_u16(reply.status).unwrap(), reply.body).into_response();
    if let Some(seconds) = reply.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    }
    response
}
