//! `POST /local/archive`: runs one archive pass over all orgs. Only a local stack has this route.

use std::sync::Arc;

use audit_compact::{Compactor, OrgOutcome};
use audit_core::InputErrors;
use audit_core::json::{self, Object};
use audit_http::{Problem, extract::RequestBody};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// The most bytes of a request body.
const REQUEST_BYTES: usize = 1_024;

/// Returns the route.
pub fn routes(compactor: Compactor) -> Router {
    Router::new().route("/local/archive", post(archive)).with_state(Arc::new(compactor))
}

async fn archive(
    State(compactor): State<Arc<Compactor>>,
    RequestBody(body): RequestBody<REQUEST_BYTES>,
) -> Result<Json<Value>, Problem> {
    let force = read_force(&body)?;
    let mut outcomes = compactor.pass_all(force, None).await.map_err(|error| Problem::unavailable(&error))?;
    let (mut orgs, mut failed) = (Vec::new(), Vec::new());
    outcomes.sort_by(|a, b| a.org_id.cmp(&b.org_id));
    for OrgOutcome { org_id, result, .. } in outcomes {
        match result {
            Ok(report) => orgs.push(report),
            Err(error) => failed.push(json!({ "org_id": org_id, "error": error.to_string() })),
        }
    }
    Ok(Json(json!({ "orgs": orgs, "failed": failed })))
}

/// Reads `{"force": true}`; an empty body is `{}`.
fn read_force(body: &[u8]) -> Result<bool, InputErrors> {
    let mut errors = InputErrors::default();
    let mut force = Some(false);
    if !body.is_empty() {
        let root = json::document(body, &mut errors).and_then(|raw| Object::read(raw, "", &mut errors));
        let root = root.map(|root| root.only(&["force"], &mut errors));
        force = root.map(|root| root.optional("force").and_then(|it| it.flag(&mut errors)).unwrap_or(false));
    }
    errors.or(force)
}
