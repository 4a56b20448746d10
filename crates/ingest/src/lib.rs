//! Records events, and what the platform tells about orgs.
//!
//! Links neither Parquet nor the S3 SDK, so that its function starts fast.

mod deadline;
mod events;
mod orgs;
mod parse;
mod puts;

use std::sync::Arc;
use std::time::Duration;

use audit_core::Clock;
use audit_http::{Problem, caller::require_caller, extract::no_parameters};
use audit_tables::{Gate, Tables, TablesError};
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{post, put};
use utoipa::OpenApi;

/// How long a request may take until it is answered. The function may take 20 s, so the caller gets the status of each event.
pub const BUDGET: Duration = Duration::from_secs(15);

/// What the handlers share.
struct Ingest {
    tables: Tables,
    gate: Gate,
    clock: Arc<dyn Clock>,
    budget: Duration,
}

/// The routes: every one needs a caller.
pub fn routes(tables: Tables, clock: Arc<dyn Clock>) -> Router {
    routes_within(tables, clock, BUDGET)
}

/// The routes, with a request answered after `budget` at the latest.
pub fn routes_within(tables: Tables, clock: Arc<dyn Clock>, budget: Duration) -> Router {
    let ingest = Arc::new(Ingest { gate: Gate::new(tables.clone()), tables, clock, budget });
    Router::new()
        .route("/v1/orgs/{org_id}", put(orgs::put_org))
        .route("/v1/orgs/{org_id}/events", post(events::post_events))
        .layer(from_fn(no_parameters))
        .layer(from_fn(require_caller))
        .with_state(ingest)
}

/// The problem that a caller sees: for a malformed item the same request never succeeds, so that is no 503.
fn problem(error: &TablesError) -> Problem {
    match error {
        TablesError::Malformed { .. } => Problem::internal(error),
        TablesError::Throttled { .. } | TablesError::Conflict { .. } | TablesError::Failed { .. } => {
            Problem::unavailable(error)
        }
    }
}

/// The documentation of these routes.
#[derive(OpenApi)]
#[openapi(paths(orgs::put_org, events::post_events))]
pub struct IngestApi;
