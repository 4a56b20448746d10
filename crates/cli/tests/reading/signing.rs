//! Requests to AWS carry a signature that a server can verify.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono::NaiveDateTime;
use tokio::net::TcpListener;

use crate::{audit, ended};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A server that, as API Gateway does, computes the signature of what arrives and compares.
async fn verifying() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/prod", listener.local_addr().unwrap());
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&accepted);
    let app = Router::new().fallback(move |request: Request<Body>| async move { respond(request, &record).await });
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, accepted)
}

async fn respond(request: Request<Body>, accepted: &Mutex<Vec<String>>) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let sent = head.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let url = format!("http://{}{}", head.headers["host"].to_str().unwrap(), head.uri);
    if sent.is_none_or(|sent| sent != expected(head.method.as_str(), &url, &head.headers, &body, &sent)) {
        return (StatusCode::FORBIDDEN, r#"{"message":"Forbidden"}"#).into_response();
    }
    accepted.lock().unwrap().push(format!("{} {}", head.method, head.uri.path()));
    let created = r#"{"events":[{"id":"x","status":"created"}]}"#;
    let page = r#"{"events":[],"next_cursor":null}"#;
    if head.method == "POST" { (StatusCode::CREATED, created).into_response() } else { page.into_response() }
}

/// The header that the signed headers, the body and the secret require.
fn expected(method: &str, url: &str, headers: &HeaderMap, body: &[u8], sent: &str) -> String {
    let signed = sent.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
    for required in ["host", "x-amz-date", "x-amz-security-token"] {
        assert!(signed.split(';').any(|name| name == required), "{required} is not signed");
    }
    let date = headers["x-amz-date"].to_str().unwrap();
    let at = NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").unwrap().and_utc();
    let identity = Credentials::new("AKIDEXAMPLE", SECRET, Some("session".to_owned()), None, "test").into();
    let params = v4::SigningParams::builder().identity(&identity).region("eu-central-1").name("execute-api");
    let params = params.time(SystemTime::from(at)).settings(SigningSettings::default()).build().unwrap().into();
    let is_signed = |name: &str| signed.split(';').any(|signed| signed == name) && !name.starts_with("x-amz-");
    let signed = headers.iter().filter(|(name, _)| is_signed(name.as_str()));
    let signed = signed.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let request = SignableRequest::new(method, url, signed, SignableBody::Bytes(body)).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    instructions.headers().find(|(name, _)| *name == "authorization").unwrap().1.to_owned()
}

fn credentials(command: &mut Command, secret: &str) {
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_SESSION_TOKEN", "session"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        command.env(name, value);
    }
}

#[tokio::test]
async fn a_server_accepts_the_signature_of_any_parameter() {
    let (url, accepted) = verifying().await;
    let mut search = audit("search", &url);
    search.args(["--sign", "--actor", "ada+x@example.com", "--action", "billing.*", "--target", "Zoë /~ 1&2=3 %41'"]);
    credentials(&mut search, SECRET);
    assert_eq!(ended(search).await, (0, String::new(), String::new()));
    assert_eq!(*accepted.lock().unwrap(), ["GET /prod/v1/orgs/acme/events"]);
}

#[tokio::test]
async fn an_import_is_signed_in_the_same_way() {
    let (url, accepted) = verifying().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), r#"{"details":{"name":"Zoë"}}"#).unwrap();
    let mut import = Command::new(env!("CARGO_BIN_EXE_audit"));
    import.args(["import", "--sign", "--org", "acme", "--to", &url]).arg(file.path());
    credentials(&mut import, SECRET);
    let (code, out, notes) = ended(import).await;
    assert!(code == 0 && out.starts_with("1 created"), "{out}{notes}");
    assert_eq!(*accepted.lock().unwrap(), ["POST /prod/v1/orgs/acme/events"]);
}

#[tokio::test]
async fn a_wrong_secret_and_a_missing_signature_are_refused_with_advice() {
    let (url, accepted) = verifying().await;
    let mut wrong = audit("search", &url);
    credentials(wrong.arg("--sign"), "another");
    let (code, _, notes) = ended(wrong).await;
    assert_eq!((code, notes.as_str()), (1, "audit search: Forbidden (HTTP 403)\n"));
    let (code, _, notes) = ended(audit("search", &url)).await;
    assert!(code == 1 && notes.ends_with("add --sign\n"), "{notes}");
    let mut none = audit("search", &url);
    none.arg("--sign").env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION").env_remove("AWS_PROFILE");
    none.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/dev/null");
    none.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").env_remove("AWS_ACCESS_KEY_ID");
    let (code, _, notes) = ended(none).await;
    assert!(code == 1 && notes.contains("set AWS_REGION"), "{notes}");
    assert!(accepted.lock().unwrap().is_empty());
}
