//! The viewer's code, for any page that shows it.

use std::io::Write as _;
use std::sync::LazyLock;

use audit_http::{Problem, ProblemKind};
use audit_viewer::{SCRIPT, SCRIPT_NAME};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use flate2::{Compression, write::GzEncoder};

/// The code as browsers load it: a third of its size.
static GZIPPED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writes to memory do not fail.
    let _ = encoder.write_all(SCRIPT.as_bytes());
    encoder.finish().unwrap_or_default()
});

/// Returns the code. Its name changes with its content, so caches keep it forever.
pub(crate) async fn get_script(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    if name != SCRIPT_NAME {
        return Err(ProblemKind::UnknownRoute.into());
    }
    let fixed = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok(if accepts_gzip(&headers) {
        (fixed, [(header::CONTENT_ENCODING, "gzip")], GZIPPED.as_slice()).into_response()
    } else {
        (fixed, SCRIPT).into_response()
    })
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    // A weight of zero forbids a coding; browsers send no weights.
    values.flat_map(|value| value.split(',')).any(|coding| coding.trim().eq_ignore_ascii_case("gzip"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::body::to_bytes;
    use flate2::read::GzDecoder;

    use super::*;

    async fn get(name: &str, accepted: &'static str) -> Response {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepted.parse().unwrap())]);
        get_script(Path(name.to_owned()), headers).await.into_response()
    }

    #[tokio::test]
    async fn the_script_is_the_same_compressed_or_not() {
        let plain = get(SCRIPT_NAME, "br, gzip;q=0").await;
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(to_bytes(plain.into_body(), usize::MAX).await.unwrap(), SCRIPT);

        let gzipped = get(SCRIPT_NAME, "br, GZIP").await;
        assert_eq!(gzipped.headers()[header::CONTENT_ENCODING], "gzip");
        let bytes = to_bytes(gzipped.into_body(), usize::MAX).await.unwrap();
        assert!(bytes.len() < 45_000, "{} bytes", bytes.len());
        let mut text = String::new();
        GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, SCRIPT);
    }

    #[tokio::test]
    async fn a_script_of_another_version_does_not_exist() {
        let other = get("audit-log.0000000000000000.js", "gzip").await;
        assert_eq!(other.status(), 404);
        assert!(!other.headers().contains_key(header::CACHE_CONTROL));
    }
}
