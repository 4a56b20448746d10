//! `POST /v1/orgs/{org_id}/events`: one event, or up to 500.
//!
//! 1. who may: the caller, the org, its plan
//! 2. read and check everything        refused: nothing was changed
//! 3. put each event, concurrently     <- each put is a commit of its own; crash: some are stored, a repeat is safe
//! 4. 201 only when all are durable; what is not confirmed at the request's deadline is `unknown`
//!
//! Upholds I-1 (nothing is acknowledged that is not durable) and I-2 (one id, one event).

use std::sync::Arc;

use audit_core::{Event, EventId, OrgId, error::chain, limits::REQUEST_BYTES, request::Form};
use audit_http::Encoding;
use audit_http::{Problem, extract, plan, schema};
use audit_runtime::metrics::{self, Metric};
use audit_tables::{Access, Put};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use crate::deadline::Deadline;
use crate::puts::{Outcome, put_all};
use crate::{Ingest, parse};

/// Records events.
///
/// With a key (a member of each event, or the header for the whole request) a repeat stores nothing new. Without any
/// key, a repeated request stores new events.
#[utoipa::path(
    post,
    path = "/v1/orgs/{org_id}/events",
    tag = "events",
    params(
        ("org_id" = String, Path, description = "The org", max_length = 64, pattern = "^[A-Za-z0-9_-]{1,64}$"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key for the whole request: event i without a key of its own gets `<key>#<i>`", min_length = 1, max_length = 255),
    ),
    request_body(
        content(
            (schema::NewEvents = "application/json"),
            (String = "application/x-ndjson", example = json!("{\"occurred_at\":\"2026-11-22T10:15:30Z\",\"actor\":{\"id\":\"usr_17\"},\"action\":\"member.invited\",\"result\":\"succeeded\"}\n")),
        ),
        description = "One event, a list, an array, or one event a line. The header Content-Encoding may be gzip or zstd. OTLP logs as JSON are read too: the body of each log record is an event",
    ),
    responses(
        (status = 201, description = "Every event is durable", body = schema::Stored),
        (status = 400, description = "The request is at fault; nothing was stored", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The org's plan has no audit logs", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The org is unknown", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive within 15 s; nothing was stored", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 2,621,440 bytes, as sent or after decompression", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Content-Encoding is neither gzip nor zstd", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not every event is known to be durable after 15 s at most", body = schema::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_events(
    State(ingest): State<Arc<Ingest>>,
    Path(org_id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let deadline = Deadline::after(ingest.budget);
    let org_id = extract::org_id(&org_id)?;
    let now = ingest.clock.now();
    match deadline.table(ingest.gate.access(&org_id, now)).await? {
        Access::Granted => {}
        Access::UnknownOrg => return Err(Problem::unknown_org()),
        Access::PlanRequired { had_plan } => {
            metrics::count(Metric::WritesRefusedByPlan, 1);
            return Err(plan::refused(&org_id, had_plan));
        }
    }
    let key = header_key(&headers)?;
    let encoding = Encoding::of(&headers)?;
    let body = deadline.body(body, REQUEST_BYTES).await?;
    let body = encoding.decode(body, REQUEST_BYTES).await?;
    let form = Form::of(headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()));
    let events = parse::events(&org_id, form, body, key, now).await?;
    store(&ingest, &org_id, events, deadline).await
}

/// *Errors*: a fault where the header is not text, or stands more than once.
fn header_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let (first, second) = (values.next(), values.next());
    let Some(value) = first else { return Ok(None) };
    match (std::str::from_utf8(value.as_bytes()), second) {
        (Ok(text), None) => Ok(Some(text.to_owned())),
        _ => {
            let mut errors = audit_core::InputErrors::default();
            errors.add("Idempotency-Key", "bytes that are no text, or a header twice", "one header of UTF-8");
            Err(Problem::invalid(&errors))
        }
    }
}

async fn store(ingest: &Ingest, org_id: &OrgId, events: Vec<Event>, deadline: Deadline) -> Result<Response, Problem> {
    let outcomes = put_all(&ingest.tables, &events, deadline).await;
    let statuses: Vec<_> = events.iter().zip(&outcomes).map(|(event, outcome)| (event.id, status(outcome))).collect();
    let count = |wanted: &str| statuses.iter().filter(|(_, status)| *status == wanted).count() as u64;
    metrics::count(Metric::EventsStored, count("created"));
    metrics::count(Metric::EventsRepeated, count("duplicate"));
    metrics::count(Metric::EventsUnknown, count("unknown"));
    metrics::count(Metric::UnlistedActions, events.iter().filter(|event| event.category.is_other()).count() as u64);
    let failures = || outcomes.iter().flatten().filter_map(|outcome| outcome.as_ref().err());
    metrics::count(Metric::StoreThrottles, failures().filter(|error| error.is_throttle()).count() as u64);
    let unknown = count("unknown");
    if unknown > 0 {
        let late = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        let error = failures().next().map(|error| chain(error));
        tracing::error!(%org_id, unknown, late, error, "not every event was stored");
        return Err(Problem::not_all_stored(list(&statuses)));
    }
    Ok(extract::json(StatusCode::CREATED, json!({ "events": list(&statuses) }).to_string()))
}

fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Some(Ok(Put::Created)) => "created",
        Some(Ok(Put::Duplicate)) => "duplicate",
        Some(Err(_)) | None => "unknown",
    }
}

fn list(statuses: &[(EventId, &'static str)]) -> serde_json::Value {
    statuses.iter().map(|(id, status)| json!({ "id": id, "status": status })).collect()
}
