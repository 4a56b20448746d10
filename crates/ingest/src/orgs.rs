//! `PUT /v1/orgs/{org_id}`: the platform registers an org, or updates its name and plan.

use std::sync::Arc;

use audit_core::{OrgUpdate, limits::ORG_REQUEST_BYTES};
use audit_http::{Encoding, Problem, extract, schema};
use audit_tables::{Org, PutOrg};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;

use crate::Ingest;
use crate::deadline::Deadline;

/// Registers an org, or updates its name and plan.
///
/// With `updated_at`, the update with the latest instant stays, whatever the order of arrival: an older one is 409
/// `org-updated-since` with the stored org, and the same one again is 200. Without it, updates count in the order of arrival, so
/// a request that is repeated late brings an old plan back.
#[utoipa::path(
    put,
    path = "/v1/orgs/{org_id}",
    tag = "orgs",
    params(("org_id" = String, Path, description = "1 to 64 of `[A-Za-z0-9_-]`", max_length = 64, pattern = "^[A-Za-z0-9_-]{1,64}$")),
    request_body = schema::OrgUpdate,
    responses(
        (status = 200, description = "The org, as it is stored", body = schema::Org),
        (status = 400, description = "The request is at fault", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive within 15 s; nothing was stored", body = schema::ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another org has an id that differs only by case; or a later update is stored, and the answer has the org", body = schema::ProblemBody, content_type = "application/problem+json"),
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
    let deadline = Deadline::after(ingest.budget);
    let org_id = extract::org_id(&org_id)?;
    let encoding = Encoding::of(&headers)?;
    let body = deadline.body(body, ORG_REQUEST_BYTES).await?;
    let body = encoding.decode(body, ORG_REQUEST_BYTES).await?;
    let now = ingest.clock.now();
    let update = OrgUpdate::read(&body, now).map_err(|errors| Problem::invalid(&errors))?;
    match deadline.table(ingest.tables.put_org(&org_id, &update, now)).await? {
        PutOrg::Stored(org) => Ok(Json(org)),
        PutOrg::Stale(org) => Err(Problem::org_updated_since(&org)),
        PutOrg::Taken(_) => Err(Problem::org_id_taken()),
    }
}
