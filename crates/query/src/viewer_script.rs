//! `GET /view/{script}`: the script of the viewer, which any page may load, without a session.

use std::io::Write as _;
use std::sync::LazyLock;

use audit_http::extract::NoParameters;
use audit_http::{Problem, ProblemKind};
use audit_viewer::{SCRIPT, SCRIPT_NAME};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, header};
use axum::middleware::from_extractor;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::{Compression, write::GzEncoder};

/// The script as most browsers load it, compressed once per process.
static GZIPPED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writes to memory do not fail.
    let _ = encoder.write_all(SCRIPT.as_bytes());
    encoder.finish().unwrap_or_default()
});

/// Returns the route.
pub fn viewer_script() -> Router {
    Router::new().route("/view/{script}", get(get_viewer_script)).layer(from_extractor::<NoParameters>())
}

/// Returns the script. Its name changes with its content, so every cache can keep it.
async fn get_viewer_script(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    if name != SCRIPT_NAME {
        return Err(ProblemKind::UnknownRoute.into());
    }
    let fixed = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok(if accepts_gzip(&headers) {
        (fixed, [(header::CONTENT_ENCODING, "gzip")], GZIPPED.as_slice()).into_response()
    } else {
        (fixed, SCRIPT).into_response()
    })
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.any(|value| {
        value.split(',').any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim().eq_ignore_ascii_case("gzip") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    })
}
