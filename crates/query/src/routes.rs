//! The routes and their handlers. `openapi.json` is their contract.

use std::borrow::Cow;
use std::sync::Arc;

use audit_core::{Clock, Narrowing, Search, StatsRequest, Summarized, catalog};
use audit_http::extract::{CheckpointsBefore, EventPath, LogTile, NoParameters, OrgPath, SummaryLocale};
use audit_http::{AdmittedOrg, LookUp, PlanGate, Problem, ProblemKind, VerifiedCaller};
use audit_segments::SegmentStore;
use audit_tables::{Org, Tables};
use axum::extract::{FromRequestParts, State};
use axum::http::{header::CONTENT_TYPE, request::Parts};
use axum::middleware::from_extractor;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::error::QueryError;
use crate::log::{Checkpoints, plain_text};
use crate::page::Page;
use crate::proof::Proof;
use crate::service::{Bounds, QueryService};
use crate::stats::StatsPage;

/// The contract of all routes, of both functions. It is written manually; tests compare it with the running service.
pub const OPENAPI: &str = include_str!("openapi.json");

/// Returns the routes. Every one but `/healthz` requires a verified caller. A [`Duration`](std::time::Duration) as
/// `bounds` is how long a page can take.
pub fn routes(tables: Tables, archive: SegmentStore, clock: Arc<dyn Clock>, bounds: impl Into<Bounds>) -> Router {
    Router::new()
        .route("/v1/orgs/{org_id}", get(get_org))
        .route("/v1/orgs/{org_id}/events/{id}/proof", get(get_proof))
        .route("/v1/orgs/{org_id}/log/checkpoint", get(get_checkpoint))
        .route("/v1/orgs/{org_id}/log/tile/{*tile}", get(get_tile))
        .route("/v1/log/key", get(get_log_key))
        .route("/v1/catalog", get(get_catalog))
        .route("/openapi.json", get(get_openapi))
        .layer(from_extractor::<NoParameters>())
        .route("/v1/orgs/{org_id}/events", get(get_events))
        .route("/v1/orgs/{org_id}/events/{id}", get(get_event))
        .route("/v1/orgs/{org_id}/stats", get(get_stats))
        .route("/v1/orgs/{org_id}/log/checkpoints", get(get_checkpoints))
        .layer(from_extractor::<VerifiedCaller>())
        .route("/healthz", get(get_health))
        .with_state(Arc::new(QueryService::new(tables, archive, clock, bounds.into())))
}

/// A search of the events of an admitted org, from the query string.
struct SearchQuery(Search);

impl<S: AsRef<PlanGate> + Send + Sync> FromRequestParts<Arc<S>> for SearchQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<S>) -> Result<Self, Problem> {
        let AdmittedOrg { org_id, .. } = AdmittedOrg::from_request_parts(parts, state).await?;
        Ok(Self(Search::read(org_id, parts.uri.query())?))
    }
}

async fn get_events(
    State(query): State<Arc<QueryService>>,
    SearchQuery(search): SearchQuery,
) -> Result<Json<Page>, Problem> {
    Ok(Json(query.page(&search).await?))
}

/// A request for statistics of an admitted org, from the query string.
struct StatsQuery(StatsRequest);

impl<S: AsRef<PlanGate> + Send + Sync> FromRequestParts<Arc<S>> for StatsQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<S>) -> Result<Self, Problem> {
        let AdmittedOrg { org_id, .. } = AdmittedOrg::from_request_parts(parts, state).await?;
        Ok(Self(StatsRequest::read_within(org_id, parts.uri.query(), &Narrowing::default())?))
    }
}

async fn get_stats(
    State(query): State<Arc<QueryService>>,
    StatsQuery(request): StatsQuery,
) -> Result<Json<StatsPage>, Problem> {
    Ok(Json(query.stats(&request).await?))
}

async fn get_event(
    State(query): State<Arc<QueryService>>,
    SummaryLocale(locale): SummaryLocale,
    AdmittedOrg { org_id, .. }: AdmittedOrg,
    EventPath(id): EventPath,
) -> Result<Json<Summarized<'static>>, Problem> {
    let look_up = LookUp { org_id, id, narrowing: Narrowing::default() };
    let event = query.event(&look_up).await?.ok_or(ProblemKind::UnknownEvent)?;
    Ok(Json(Summarized::new(Cow::Owned(event), locale)))
}

async fn get_proof(
    State(query): State<Arc<QueryService>>,
    AdmittedOrg { org_id, .. }: AdmittedOrg,
    EventPath(id): EventPath,
) -> Result<Proof, Problem> {
    let look_up = LookUp { org_id, id, narrowing: Narrowing::default() };
    query.proof(&look_up).await?.ok_or_else(|| ProblemKind::UnknownEvent.into())
}

async fn get_checkpoint(
    State(query): State<Arc<QueryService>>,
    AdmittedOrg { org_id, .. }: AdmittedOrg,
) -> Result<Response, Problem> {
    query.newest_checkpoint(&org_id).await?.map(plain_text).ok_or_else(|| ProblemKind::UnknownLogObject.into())
}

async fn get_checkpoints(
    State(query): State<Arc<QueryService>>,
    AdmittedOrg { org_id, .. }: AdmittedOrg,
    CheckpointsBefore(before): CheckpointsBefore,
) -> Result<Json<Checkpoints>, Problem> {
    Ok(Json(query.checkpoints(&org_id, before).await?))
}

async fn get_tile(
    State(query): State<Arc<QueryService>>,
    AdmittedOrg { org_id, .. }: AdmittedOrg,
    LogTile(path): LogTile,
) -> Result<Response, Problem> {
    let tile = query.tile(&org_id, &path).await?.ok_or(ProblemKind::UnknownLogObject)?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], tile).into_response())
}

/// Returns the keys that have signed checkpoints, one a line.
async fn get_log_key(State(query): State<Arc<QueryService>>) -> Result<Response, Problem> {
    let keys = query.archive.log_keys().await.map_err(QueryError::Log)?;
    if keys.is_empty() {
        return Err(ProblemKind::UnknownLogObject.into());
    }
    Ok(plain_text(keys.into_iter().map(|key| key + "\n").collect()))
}

async fn get_org(State(query): State<Arc<QueryService>>, OrgPath(org_id): OrgPath) -> Result<Json<Org>, Problem> {
    query.tables.orgs.get(&org_id).await?.map(Json).ok_or_else(|| ProblemKind::UnknownOrg.into())
}

pub(crate) async fn get_catalog() -> Json<Value> {
    let actions = |name: &str| -> Vec<_> {
        catalog::entries().filter(|(category, _)| *category == name).map(|(_, action)| action).collect()
    };
    let categories: Vec<_> =
        catalog::names().into_iter().map(|name| json!({ "name": name, "actions": actions(name) })).collect();
    Json(json!({ "categories": categories }))
}

async fn get_openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], OPENAPI)
}

/// Reports that the function runs, without a request to a store.
async fn get_health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
