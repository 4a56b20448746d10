//! The door in front of the emulator, and the place where the emulator hides behind it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

use crate::server;

/// Addresses that are tried.
const TRIES: usize = 8;

/// Listens on an address of loopback that cannot be guessed: one of 2^24, and any port of it.
///
/// Where the system has only one address of loopback, as macOS does, the port alone hides it.
pub(super) fn hidden_listener() -> io::Result<(TcpListener, SocketAddr)> {
    let any = || {
        let [.., second, third, fourth] = *uuid::Uuid::new_v4().as_bytes();
        Ipv4Addr::new(127, second, third, fourth)
    };
    let tried = (0..TRIES).find_map(|_| server::listener((any(), 0).into()).ok());
    let listener = tried.map_or_else(|| server::listener((Ipv4Addr::LOCALHOST, 0).into()), Ok)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Hands every request to the emulator.
pub(super) fn routes(emulator: SocketAddr) -> Router {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    Router::new().fallback(async move |request| forward(&client, emulator, request).await)
}

async fn forward(client: &Client<HttpConnector, Body>, emulator: SocketAddr, mut request: Request) -> Response {
    let path = request.uri().path_and_query().cloned();
    match target(emulator, path) {
        Ok(uri) => *request.uri_mut() = uri,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
    match client.request(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::warn!(%error, "the emulator of DynamoDB did not answer");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

fn target(emulator: SocketAddr, path: Option<PathAndQuery>) -> Result<Uri, axum::http::Error> {
    let authority = Authority::try_from(emulator.to_string())?;
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(path).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_emulator_is_at_an_address_that_cannot_be_guessed() {
        let (one, other) = (hidden_listener().unwrap().1, hidden_listener().unwrap().1);
        assert!(one.ip().is_loopback() && other.ip().is_loopback());
        assert!(one.ip() != other.ip() && one.ip() != Ipv4Addr::LOCALHOST, "{one} {other}");
    }

    #[test]
    fn a_request_keeps_its_path_and_query_on_its_way() {
        let emulator = "127.1.2.3:4".parse().unwrap();
        let to = |path: &'static str| target(emulator, Some(PathAndQuery::from_static(path))).unwrap().to_string();
        assert_eq!(
            (to("/"), to("/a?b=%2F")),
            ("http://127.1.2.3:4/".to_owned(), "http://127.1.2.3:4/a?b=%2F".to_owned())
        );
        assert_eq!(target(emulator, None).unwrap().path(), "/");
    }
}
