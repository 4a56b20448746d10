//! What a function returns to API Gateway.

use axum::response::Response;
use http_body_util::BodyExt as _;
use lambda_http::Body;

use super::Answer;

/// Reads a whole response: its body becomes text where it is UTF-8, and base64 otherwise.
pub(super) async fn read(response: Response) -> Result<Answer, axum::Error> {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    let mut answer = Answer::default();
    answer.status_code = parts.status.as_u16().into();
    answer.headers = parts.headers;
    let body = match String::from_utf8(bytes.into()) {
        Ok(text) => Body::Text(text),
        Err(error) => Body::Binary(error.into_bytes()),
    };
    answer.is_base64_encoded = matches!(body, Body::Binary(_));
    answer.body = Some(body);
    Ok(answer)
}
