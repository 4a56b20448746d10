//! `PUT /v1/orgs/{org_id}`: the platform registers an org, or updates its name and plan.

use std::sync::Arc;

use audit_core::{IdKey, OrgUpdate, limits::ORG_REQUEST_BYTES};
use audit_http::extract::{Deadline, OrgPath, RequestBody};
use audit_http::{Problem, ProblemKind};
use audit_tables::{Org, PutOrg};
use axum::Json;
use axum::extract::State;
use serde_json::json;

use crate::Ingest;

pub(crate) async fn put_org(
    State(ingest): State<Arc<Ingest>>,
    OrgPath(org_id): OrgPath,
    deadline: Deadline,
    RequestBody(body): RequestBody<ORG_REQUEST_BYTES>,
) -> Result<Json<Org>, Problem> {
    let now = ingest.clock.now();
    let update = OrgUpdate::read(&body, now)?;
    let new_id_key = IdKey::new(rand::random());
    match deadline.table(ingest.tables.orgs.put(&org_id, &update, &new_id_key, now)).await? {
        PutOrg::Stored(org) => Ok(Json(org)),
        PutOrg::Stale(org) => Err(Problem::from(ProblemKind::OrgUpdatedSince).with("org", json!(org))),
        PutOrg::Taken(_) => Err(ProblemKind::OrgIdTaken.into()),
    }
}
