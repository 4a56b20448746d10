//! What is told about the service and its orgs: `GET /v1/orgs/{org_id}`, `/v1/catalog`, `/openapi.json`, `/healthz`.

use std::sync::Arc;

use audit_core::catalog;
use audit_http::{Problem, extract, schema};
use audit_tables::Org;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::Query;
use crate::error::QueryError;

/// The documentation of all routes, as a test generates it from the code.
const OPENAPI: &str = include_str!("openapi.json");

/// Gets what the platform told about an org.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org_id}",
    tag = "orgs",
    params(("org_id" = String, Path, description = "The org", max_length = 64, pattern = "^[A-Za-z0-9_-]{1,64}$")),
    responses(
        (status = 200, description = "The org", body = schema::Org),
        (status = 400, description = "The request is at fault", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The org is unknown", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A store did not answer", body = schema::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_org(State(query): State<Arc<Query>>, Path(org_id): Path<String>) -> Result<Json<Org>, Problem> {
    let org_id = extract::org_id(&org_id)?;
    let org = query.tables.org(&org_id).await.map_err(QueryError::from)?;
    org.map(Json).ok_or_else(Problem::unknown_org)
}

/// Lists the catalog of actions.
#[utoipa::path(
    get,
    path = "/v1/catalog",
    tag = "reference",
    responses(
        (status = 200, description = "The catalog", body = schema::Catalog),
        (status = 400, description = "The request is at fault", body = schema::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_catalog() -> Json<Value> {
    let actions = |name: &str| -> Vec<_> {
        catalog::entries().filter(|(category, _)| *category == name).map(|(_, action)| action).collect()
    };
    let categories: Vec<_> =
        catalog::names().into_iter().map(|name| json!({ "name": name, "actions": actions(name) })).collect();
    Json(json!({ "categories": categories }))
}

/// Describes the API.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "reference",
    responses(
        (status = 200, description = "This document", body = Object),
        (status = 400, description = "The request is at fault", body = schema::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_openapi() -> Response {
    extract::json(StatusCode::OK, OPENAPI)
}

/// Says that the function runs; asks no store.
#[utoipa::path(get, path = "/healthz", tag = "reference", responses((status = 200, description = "It runs", body = Object)))]
pub(crate) async fn get_health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
