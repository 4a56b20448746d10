//! The reverse proxy in front of the emulator, and the hidden address of the emulator.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::{InvalidUri, PathAndQuery};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

use crate::server;

/// The number of random addresses tried.
const TRIES: usize = 8;

/// Listens on a loopback address that a web page cannot guess: one of 2^24, and any port of it.
///
/// If the system has only one loopback address, as macOS does, only the port is unknown.
pub(super) fn hidden_listener() -> io::Result<(TcpListener, SocketAddr)> {
    let random = || {
        let [.., second, third, fourth] = *uuid::Uuid::new_v4().as_bytes();
        Ipv4Addr::new(127, second, third, fourth)
    };
    let tried = (0..TRIES).find_map(|_| server::listener((random(), 0).into()).ok());
    let listener = tried.map_or_else(|| server::listener((Ipv4Addr::LOCALHOST, 0).into()), Ok)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Forwards every request to the emulator.
pub(super) fn routes(emulator: SocketAddr) -> Router {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    Router::new().fallback(async move |request| forward(&client, emulator, request).await)
}

async fn forward(client: &Client<HttpConnector, Body>, emulator: SocketAddr, mut request: Request) -> Response {
    match target(emulator, request.uri()) {
        Ok(uri) => *request.uri_mut() = uri,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
    match client.request(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::warn!(%error, "the DynamoDB emulator did not respond");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

fn target(emulator: SocketAddr, requested: &Uri) -> Result<Uri, InvalidUri> {
    let path = requested.path_and_query().map_or("/", PathAndQuery::as_str);
    format!("http://{emulator}{path}").parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_emulator_has_an_address_that_cannot_be_guessed() {
        let (one, other) = (hidden_listener().unwrap().1, hidden_listener().unwrap().1);
        assert!(one.ip().is_loopback() && other.ip().is_loopback());
        assert!(one.ip() != other.ip() && one.ip() != Ipv4Addr::LOCALHOST, "{one} {other}");
    }

    #[test]
    fn a_forwarded_request_keeps_its_path_and_query() {
        let emulator = "127.1.2.3:4".parse().unwrap();
        let to = |requested: &str| target(emulator, &requested.parse().unwrap()).unwrap().to_string();
        assert_eq!(to("/"), "http://127.1.2.3:4/");
        assert_eq!(to("http://localhost:8000/a?b=%2F"), "http://127.1.2.3:4/a?b=%2F");
    }
}
