//! Records events, and what the platform tells about orgs.
//!
//! Links neither Parquet nor the S3 SDK, so that its function starts fast.

mod events;
mod orgs;
mod parse;

use std::sync::Arc;

use audit_core::time::Clock;
use audit_http::caller::require_caller;
use audit_http::extract::no_parameters;
use audit_tables::Tables;
use audit_tables::gate::Gate;
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{post, put};
use utoipa::OpenApi;

/// What the handlers share.
struct Ingest {
    tables: Tables,
    gate: Gate,
    clock: Arc<dyn Clock>,
}

/// The routes: every one needs a caller.
pub fn routes(tables: Tables, clock: Arc<dyn Clock>) -> Router {
    let ingest = Arc::new(Ingest { gate: Gate::new(tables.clone()), tables, clock });
    Router::new()
        .route("/v1/orgs/{org_id}", put(orgs::put_org))
        .route("/v1/orgs/{org_id}/events", post(events::post_events))
        .layer(from_fn(no_parameters))
        .layer(from_fn(require_caller))
        .with_state(ingest)
}

/// The documentation of these routes.
#[derive(OpenApi)]
#[openapi(paths(orgs::put_org, events::post_events))]
pub struct IngestApi;
