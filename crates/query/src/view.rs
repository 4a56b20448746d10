//! The routes of viewers, `/view/v1`: the same reads as for the platform, each within the session of a viewer.
//!
//! No path names an org: the session does. A web page of any origin may call these routes (`framed` adds the headers),
//! since what it needs is the token, which no browser adds by itself.

use std::borrow::Cow;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use audit_core::{Clock, Summarized};
use audit_http::extract::{Deadline, EventPath, NoParameters, SummaryLocale};
use audit_http::{LookUp, Problem, ProblemKind, ViewerGate, ViewerSession};
use audit_segments::SegmentStore;
use audit_tables::Tables;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use crate::error::QueryError;
use crate::page::Page;
use crate::proof::Proof;
use crate::routes::get_catalog;
use crate::service::{Bounds, QueryService};
use crate::stats::StatsPage;
use crate::viewer_script::get_script;

/// How long the reads of the session and the plan, and the record of what is read, can take together.
const RECORD_BUDGET: Duration = Duration::from_secs(10);

/// How long a browser can cache that it may send a token, in seconds.
const PREFLIGHT_AGE_S: &str = "7200";

/// What the handlers share.
struct View {
    query: QueryService,
    gate: Arc<ViewerGate>,
}

impl AsRef<Arc<ViewerGate>> for View {
    fn as_ref(&self) -> &Arc<ViewerGate> {
        &self.gate
    }
}

/// Returns the routes. Every one but the script requires the token of an open viewer session.
pub fn view_routes(tables: Tables, archive: SegmentStore, clock: Arc<dyn Clock>, bounds: impl Into<Bounds>) -> Router {
    let gate = Arc::new(ViewerGate::new(&tables, Arc::clone(&clock)));
    let query = QueryService::new(tables, archive, clock, bounds.into());
    Router::new()
        .route("/view/v1/events", get(get_events).options(preflight))
        .route("/view/v1/events/{id}", get(get_event).options(preflight))
        .route("/view/v1/events/{id}/proof", get(get_proof).options(preflight))
        .route("/view/v1/stats", get(get_stats).options(preflight))
        .route("/view/v1/catalog", get(get_view_catalog).options(preflight))
        .route("/view/v1/session", get(get_session).options(preflight))
        .route("/view/{script}", get(get_script))
        .layer(map_request(|request| ready(Deadline::set(request, RECORD_BUDGET))))
        .with_state(Arc::new(View { query, gate }))
}

async fn get_events(
    State(view): State<Arc<View>>,
    session: ViewerSession,
    RawQuery(query): RawQuery,
) -> Result<Json<Page>, Problem> {
    let search = session.search(query.as_deref()).await?;
    view.query.page(&search).await.map(Json).map_err(QueryError::for_viewer)
}

async fn get_event(
    State(view): State<Arc<View>>,
    session: ViewerSession,
    SummaryLocale(locale): SummaryLocale,
    EventPath(id): EventPath,
) -> Result<Json<Summarized<'static>>, Problem> {
    let find = async |look_up: LookUp| view.query.event(&look_up).await.map_err(QueryError::for_viewer);
    let event = session.look_up(id, find).await?.ok_or(ProblemKind::UnknownEvent)?;
    Ok(Json(Summarized::new(Cow::Owned(event), locale)))
}

async fn get_proof(
    State(view): State<Arc<View>>,
    session: ViewerSession,
    _: NoParameters,
    EventPath(id): EventPath,
) -> Result<Proof, Problem> {
    let find = async |look_up: LookUp| view.query.proof(&look_up).await.map_err(QueryError::for_viewer);
    session.look_up(id, find).await?.ok_or_else(|| ProblemKind::UnknownEvent.into())
}

async fn get_stats(
    State(view): State<Arc<View>>,
    session: ViewerSession,
    RawQuery(query): RawQuery,
) -> Result<Json<StatsPage>, Problem> {
    let request = session.stats(query.as_deref()).await?;
    view.query.stats(&request).await.map(Json).map_err(QueryError::for_viewer)
}

async fn get_view_catalog(_: ViewerSession, _: NoParameters) -> Json<Value> {
    get_catalog().await
}

async fn get_session(session: ViewerSession, _: NoParameters) -> Result<Json<Value>, Problem> {
    session.describe().await.map(Json)
}

/// Returns what lets a page of any origin send a token.
async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization"),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE_S),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
