//! Answers searches over hot and archived events as one sorted list, and looks single events up.

mod draft;
mod error;
mod hot;
mod ledger_view;
mod lookup;
mod merge;
mod need;
mod page;
mod reference;
mod search;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use audit_core::{Clock, OrgId};
use audit_http::{Problem, caller::require_caller, extract::no_parameters, plan};
use audit_segments::SegmentStore;
use audit_tables::{Access, Gate, Tables, events::PAGE_ROWS};
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use utoipa::OpenApi;

use error::QueryError;
use ledger_view::LedgerView;

/// How long a page may take before it ends with what it has. API Gateway waits 30 s; people do not.
pub const BUDGET: Duration = Duration::from_secs(5);

/// Bytes of ledger items and of segments that an instance keeps.
pub const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// What bounds a page, beside its limit and its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How long it may take. It examines at least one position in any case.
    pub budget: Duration,
    /// How many rows one request for hot rows asks for at most; at least 1.
    pub hot_rows: usize,
}

impl From<Duration> for Bounds {
    /// The bounds of a page that may take `budget`.
    fn from(budget: Duration) -> Self {
        Self { budget, hot_rows: PAGE_ROWS.unsigned_abs() as usize }
    }
}

/// What the handlers share.
struct Query {
    tables: Tables,
    archive: SegmentStore,
    ledger: LedgerView,
    gate: Gate,
    clock: Arc<dyn Clock>,
    bounds: Bounds,
}

impl Query {
    /// *Errors*: the problem that the org is unknown, or may not use audit logs.
    async fn admit(&self, org_id: &OrgId) -> Result<(), Problem> {
        match self.gate.access(org_id, self.clock.now()).await.map_err(QueryError::from)? {
            Access::Granted => Ok(()),
            Access::UnknownOrg => Err(Problem::unknown_org()),
            Access::PlanRequired { had_plan } => Err(plan::refused(org_id, had_plan)),
        }
    }
}

/// The routes: every one but `/healthz` needs a caller. A [`Duration`] is how long a page may take.
pub fn routes(tables: Tables, archive: SegmentStore, clock: Arc<dyn Clock>, bounds: impl Into<Bounds>) -> Router {
    let bounds = bounds.into();
    let (gate, ledger) = (Gate::new(tables.clone()), LedgerView::new(tables.clone(), CACHE_BYTES));
    let query = Arc::new(Query { tables, archive, ledger, gate, clock, bounds });
    Router::new()
        .route("/v1/orgs/{org_id}", get(reference::get_org))
        .route("/v1/orgs/{org_id}/events/{id}", get(lookup::get_event))
        .route("/v1/catalog", get(reference::get_catalog))
        .route("/openapi.json", get(reference::get_openapi))
        .layer(from_fn(no_parameters))
        .route("/v1/orgs/{org_id}/events", get(search::get_events))
        .layer(from_fn(require_caller))
        .route("/healthz", get(reference::get_health))
        .with_state(query)
}

/// The documentation of these routes.
#[derive(OpenApi)]
#[openapi(paths(
    reference::get_org,
    search::get_events,
    lookup::get_event,
    reference::get_catalog,
    reference::get_openapi,
    reference::get_health,
))]
pub struct QueryApi;
