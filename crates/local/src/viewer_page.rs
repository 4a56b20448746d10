//! `GET /`: a page that shows the viewer. Only a local stack has it; a platform embeds the viewer in its own pages.

use audit_viewer::{PAGE, PAGE_POLICY, PAGE_SCRIPT, PAGE_STYLE};
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

/// Returns the routes of the page, its script and its style sheet. The page accepts parameters: its view can be among
/// them.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(async || file("text/html; charset=utf-8", PAGE)))
        .route("/local/viewer.js", get(async || file("text/javascript; charset=utf-8", PAGE_SCRIPT)))
        .route("/local/viewer.css", get(async || file("text/css; charset=utf-8", PAGE_STYLE)))
}

fn file(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}
