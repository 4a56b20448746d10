//! Records events, registers orgs, and makes the sessions of viewers.
//!
//! Links neither Parquet nor the S3 SDK, so that its function starts fast.

mod events;
mod orgs;
mod viewer_sessions;

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use audit_core::Clock;
use audit_http::extract::{Deadline, NoParameters};
use audit_http::{PlanGate, VerifiedCaller};
use audit_tables::IngestTables;
use axum::Router;
use axum::middleware::{from_extractor, map_request};
use axum::routing::{delete, get, post, put};

/// How long a request can take until it is answered. The function can take 20 s, so the caller gets the status of each
/// event.
pub const BUDGET: Duration = Duration::from_secs(15);

/// What the handlers share.
struct Ingest {
    tables: IngestTables,
    gate: PlanGate,
    clock: Arc<dyn Clock>,
}

impl AsRef<PlanGate> for Ingest {
    fn as_ref(&self) -> &PlanGate {
        &self.gate
    }
}

/// Returns the routes. Every one requires a verified caller.
pub fn routes(tables: impl Into<IngestTables>, clock: Arc<dyn Clock>) -> Router {
    routes_within(tables, clock, BUDGET)
}

/// Returns the routes, which respond to a request within `budget`.
pub fn routes_within(tables: impl Into<IngestTables>, clock: Arc<dyn Clock>, budget: Duration) -> Router {
    let tables = tables.into();
    let gate = PlanGate::new(tables.orgs.clone(), Arc::clone(&clock));
    Router::new()
        .route("/v1/orgs/{org_id}", put(orgs::put_org))
        .route("/v1/orgs/{org_id}/events", post(events::post_events))
        .layer(from_extractor::<NoParameters>())
        .route("/v1/orgs/{org_id}/viewer-sessions", get(viewer_sessions::get_viewer_sessions))
        .route("/v1/orgs/{org_id}/viewer-sessions", post(viewer_sessions::post_viewer_session))
        .route("/v1/orgs/{org_id}/viewer-sessions", delete(viewer_sessions::delete_viewer_sessions))
        .route("/v1/orgs/{org_id}/viewer-sessions/{session_id}", delete(viewer_sessions::delete_viewer_session))
        .layer(map_request(move |request| ready(Deadline::set(request, budget))))
        .layer(from_extractor::<VerifiedCaller>())
        .with_state(Arc::new(Ingest { tables, gate, clock }))
}
