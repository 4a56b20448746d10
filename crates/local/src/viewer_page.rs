//! The page that `serve` shows at `/`, as a product could ship it, and `POST /local/viewer-session`, which makes its
//! session. Only a local stack has these routes.
//!
//! Like every write, making a session is closed to web pages of other origins (`browsers.rs`). A platform makes sessions
//! itself, with `POST /v1/orgs/{org_id}/viewer-sessions`, for users whom it has signed in.

use std::convert::Infallible;

use audit_core::json::{self, Object};
use audit_core::{InputErrors, OrgId};
use audit_http::extract::{NoParameters, RequestBody};
use audit_http::{Problem, VerifiedCaller};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json as to_json;
use tower::ServiceExt as _;

/// The most bytes of a request body.
const REQUEST_BYTES: usize = 1_024;

/// Returns the routes. Sessions are made through the routes of ingest.
pub(crate) fn routes(ingest: Router) -> Router {
    Router::new()
        .route("/", get(async || file("text/html; charset=utf-8", audit_viewer::PAGE)))
        .route("/local/viewer.js", get(async || file("text/javascript; charset=utf-8", audit_viewer::PAGE_SCRIPT)))
        .route("/local/viewer.css", get(async || file("text/css; charset=utf-8", audit_viewer::PAGE_STYLE)))
        .route("/local/viewer-session", post(make_session))
        .with_state(ingest)
}

fn file(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, audit_viewer::PAGE_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text)
}

async fn make_session(
    State(ingest): State<Router>,
    _: VerifiedCaller,
    _: NoParameters,
    RequestBody(body): RequestBody<REQUEST_BYTES>,
) -> Result<Response, Problem> {
    let org_id = read_org_id(&body)?;
    let viewer = to_json!({ "viewer": { "id": "local", "name": "Local viewer" } });
    let request = Request::post(format!("/v1/orgs/{org_id}/viewer-sessions"))
        .extension(VerifiedCaller)
        .body(Body::from(viewer.to_string()))
        .map_err(|error| Problem::internal(&error))?;
    ingest.oneshot(request).await.map_err(|never: Infallible| match never {})
}

/// Reads `{"org_id": "acme"}`.
fn read_org_id(body: &[u8]) -> Result<OrgId, InputErrors> {
    let mut errors = InputErrors::default();
    let root = json::document(body, &mut errors).and_then(|raw| Object::read(raw, "", &mut errors));
    let root = root.map(|root| root.only(&["org_id"], &mut errors));
    let org_id = root.and_then(|root| root.required("org_id", &mut errors)?.parsed(OrgId::ALLOWED, &mut errors));
    errors.or(org_id)
}
