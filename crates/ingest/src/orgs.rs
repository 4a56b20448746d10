//! `PUT /v1/orgs/{org_id}`: the platform tells an org's name and plan.

use std::sync::Arc;

use audit_core::limits::ORG_REQUEST_BYTES;
use audit_core::org::OrgProfile;
use audit_http::encoding::Encoding;
use audit_http::{Problem, extract, schema};
use audit_tables::orgs::{Org, PutOrg};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;

use crate::Ingest;

/// Tells the service an org's name and plan. Repeating it changes nothing.
#[utoipa::path(
    put,
    path = "/v1/orgs/{org_id}",
    tag = "orgs",
    params(("org_id" = String, Path, description = "1 to 64 of `[A-Za-z0-9_-]`", max_length = 64, pattern = "^[A-Za-z0-9_-]{1,64}$")),
    request_body = schema::OrgProfile,
    responses(
        (status = 200, description = "The org, as it is stored", body = schema::Org),
        (status = 400, description = "The request is at fault", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another org has an id that differs only by case", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Content-Encoding is neither gzip nor zstd", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A store did not answer", body = schema::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_org(
    State(ingest): State<Arc<Ingest>>,
    Path(org_id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Org>, Problem> {
    let org_id = extract::org_id(&org_id)?;
    let encoding = Encoding::of(&headers)?;
    let body = extract::body(body, ORG_REQUEST_BYTES).await?;
    let body = encoding.decode(body, ORG_REQUEST_BYTES).await?;
    let profile = OrgProfile::read(&body).map_err(|faults| Problem::invalid(&faults))?;
    let put = ingest.tables.put_org(&org_id, profile, ingest.clock.now()).await;
    match put.map_err(|error| Problem::unavailable(&error))? {
        PutOrg::Stored(org) => Ok(Json(org)),
        PutOrg::Taken(_) => Err(Problem::org_id_taken()),
    }
}
