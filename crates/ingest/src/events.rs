//! `POST /v1/orgs/{org_id}/events`: one event, or up to 500.
//!
//! 1. check the caller, the org and its plan
//! 2. read and check everything        refused: nothing was changed
//! 3. put each event, concurrently     <- each put is its own commit; crash: some are stored, and a retry is safe
//! 4. 201 only when all are durable; an event whose put is not confirmed at the request's deadline is `unknown`
//!
//! Upholds I-1 (an acknowledged event is durable) and I-2 (one id, one event).

use std::sync::Arc;

use audit_core::request::{self, Form};
use audit_core::{Event, IdKey, InputErrors, NewEvent, OrgId, UnixMicros, error::chain, limits::REQUEST_BYTES};
use audit_http::extract::{Deadline, RequestBody};
use audit_http::{AdmittedOrg, Problem, ProblemKind};
use audit_runtime::metrics::{self, Metric};
use audit_tables::{EventsTable, Put, TablesError, keys};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::Ingest;

/// Bytes of the largest body that is read on the runtime's own threads. Reading it takes about as long as a switch of
/// threads can cost.
const INLINE_BYTES: usize = 64 * 1024;

/// Puts in flight for one request. Each shard has an equal share.
const IN_FLIGHT: usize = 32;

pub(crate) async fn post_events(
    State(ingest): State<Arc<Ingest>>,
    AdmittedOrg { org_id, id_key }: AdmittedOrg,
    sent: Sent,
    deadline: Deadline,
    RequestBody(body): RequestBody<REQUEST_BYTES>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let events = read_events((&org_id, id_key), sent, body, ingest.clock.now()).await?;
    let outcomes = put_all(&ingest.tables.events, &events, deadline).await;
    respond(&org_id, &events, &outcomes)
}

/// How the events of a request were sent, according to its headers.
pub(crate) struct Sent {
    form: Form,
    /// The header Idempotency-Key.
    key: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Sent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let form = Form::of(parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()));
        let mut keys = parts.headers.get_all("idempotency-key").iter();
        let key = match (keys.next().map(|key| std::str::from_utf8(key.as_bytes())), keys.next()) {
            (None, _) => None,
            (Some(Ok(key)), None) => Some(key.to_owned()),
            _ => {
                let found = "a value that is not UTF-8, or the header more than once";
                return Err(Problem::invalid("Idempotency-Key", found, "one header of UTF-8"));
            }
        };
        Ok(Self { form, key })
    }
}

/// Reads and checks the events of a request, and assigns their ids. A large body is read on a thread of its own, so
/// that other requests do not wait for it.
///
/// # Errors
/// The problem with every input error of the body.
async fn read_events(
    (org_id, id_key): (&OrgId, IdKey),
    sent: Sent,
    body: Bytes,
    now: UnixMicros,
) -> Result<Vec<Event>, Problem> {
    let (org_id, is_small) = (org_id.clone(), body.len() <= INLINE_BYTES);
    let read = move || -> Result<Vec<Event>, InputErrors> {
        let events = request::read_form(sent.form, &body, sent.key.as_deref(), now)?;
        let with_id = |event: NewEvent| event.into_event(org_id.clone(), &id_key, now, rand::random());
        Ok(events.into_iter().map(with_id).collect())
    };
    let events =
        if is_small { read() } else { spawn_blocking(read).await.map_err(|error| Problem::internal(&error))? };
    Ok(events?)
}

/// The outcome of the put of one event; `None` if the table had not responded at the deadline.
type Outcome = Option<Result<Put, TablesError>>;

/// Puts every event, concurrently and in no order, until the request's deadline.
///
/// # Guarantees
/// Returns one outcome per event, in the order of `events`, at the deadline at the latest. A put without a response can
/// still be applied. Each shard of the events table has its own share of the puts in flight: a shard that does not
/// respond delays only its own events.
async fn put_all(table: &EventsTable, events: &[Event], deadline: Deadline) -> Vec<Outcome> {
    let mut puts: Vec<_> = keys::shards().map(|_| Vec::new()).collect();
    for (index, event) in events.iter().enumerate() {
        puts[usize::from(event.id.shard())].push(async move { (index, table.put(event).await) });
    }
    let share = IN_FLIGHT / puts.len();
    let answers = stream::select_all(puts.into_iter().map(|of_shard| stream::iter(of_shard).buffer_unordered(share)));
    let mut answers = std::pin::pin!(answers.take_until(deadline.passed()));
    let mut outcomes: Vec<Outcome> = events.iter().map(|_| None).collect();
    while let Some((index, outcome)) = answers.next().await {
        outcomes[index] = Some(outcome);
    }
    outcomes
}

/// Counts and logs the outcomes, and returns the status of each event.
fn respond(org_id: &OrgId, events: &[Event], outcomes: &[Outcome]) -> Result<(StatusCode, Json<Value>), Problem> {
    let count = |put| outcomes.iter().filter(|outcome| matches!(outcome, Some(Ok(found)) if *found == put)).count();
    let (created, duplicates) = (count(Put::Created), count(Put::Duplicate));
    let unknown = outcomes.len() - created - duplicates;
    let failures = || outcomes.iter().flatten().filter_map(|outcome| outcome.as_ref().err());
    metrics::count(Metric::EventsStored, created as u64);
    metrics::count(Metric::EventsRepeated, duplicates as u64);
    metrics::count(Metric::EventsUnknown, unknown as u64);
    metrics::count(Metric::UnlistedActions, events.iter().filter(|event| event.category.is_other()).count() as u64);
    metrics::count(Metric::StoreThrottles, failures().filter(|error| error.is_throttle()).count() as u64);
    let statuses: Value = events
        .iter()
        .zip(outcomes)
        .map(|(event, outcome)| json!({ "id": event.id, "status": status(outcome) }))
        .collect();
    if unknown > 0 {
        let late = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        let error = failures().next().map(|error| chain(error));
        tracing::error!(%org_id, unknown, late, error, "not every event was stored");
        return Err(Problem::from(ProblemKind::NotAllStored).with("events", statuses));
    }
    Ok((StatusCode::CREATED, Json(json!({ "events": statuses }))))
}

fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Some(Ok(Put::Created)) => "created",
        Some(Ok(Put::Duplicate)) => "duplicate",
        Some(Err(_)) | None => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn body(bytes: usize) -> Bytes {
        let event = |name: &str| {
            format!(
                r#"{{"occurred_at":"2026-11-01T00:00:00Z","actor":{{"id":"a"}},"action":"a.b","result":"failed","details":{{"x":"{name}"}}}}"#
            )
        };
        event(&"y".repeat(bytes - event("").len())).into()
    }

    async fn events_of(bytes: usize) -> usize {
        let org_id = "acme".parse::<OrgId>().unwrap();
        let sent = Sent { form: Form::Json, key: None };
        read_events((&org_id, IdKey::new([7; 32])), sent, body(bytes), UnixMicros::new(1_795_000_000_000_000))
            .await
            .unwrap()
            .len()
    }

    #[test]
    fn a_body_above_64_kib_is_not_read_on_the_threads_of_the_runtime() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            // The only thread that can block is in use.
            let (release, taken) = mpsc::channel::<()>();
            let busy = spawn_blocking(move || taken.recv());
            assert_eq!(events_of(INLINE_BYTES).await, 1);
            let mut large = pin!(events_of(INLINE_BYTES + 1));
            let polled = large.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert_eq!(polled, Poll::Pending, "the runtime's thread read a large body itself");
            release.send(()).unwrap();
            assert_eq!(large.await, 1);
            busy.await.unwrap().unwrap();
        });
    }
}
