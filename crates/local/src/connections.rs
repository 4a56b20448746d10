//! Connections: HTTP/1.1 over TCP, and how they end.
//!
//! HTTP/2 is not served: without TLS only clients with prior knowledge could use it, and it would need limits of its
//! own. A connection that begins with the HTTP/2 preface is closed at once, even if another dependency enables hyper's
//! HTTP/2 feature.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use crate::drained::Drained;
use crate::hyper_errors::WithProblems;
use crate::stop::Stop;

/// The pause after a failed `accept`, for example while the process has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// The time that a cut request may take to be dropped.
const DROPPING: Duration = Duration::from_secs(1);

/// Serves routes until the stop, and returns how many connections were cut.
///
/// # Guarantees
/// After the request to stop, no connection is accepted, idle ones are closed, and running requests may finish until
/// their deadline. Then every connection is cut.
pub async fn serve(listener: TcpListener, routes: Router, stop: &Stop) -> usize {
    let mut connections = JoinSet::new();
    let mut requested = pin!(stop.requested());
    loop {
        tokio::select! {
            stream = accept(&listener) => {
                connections.spawn(connection(stream, routes.clone(), stop.clone()));
            }
            Some(_) = connections.join_next() => {}
            _ = &mut requested => break,
        }
    }
    drop(listener);
    let cut = tokio::select! {
        () = ended(&mut connections) => 0,
        () = stop.requests_over() => connections.len(),
    };
    connections.abort_all();
    // A handler that does not yield keeps its thread but not the process.
    let _ = timeout(DROPPING, ended(&mut connections)).await;
    cut
}

/// Accepts the next connection.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Waits until all connections have ended.
async fn ended(connections: &mut JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}

/// Serves one connection until its client or the stop ends it.
async fn connection(stream: TcpStream, routes: Router, stop: Stop) {
    // Without it the tail of a large response waits for a delayed ACK. An error means that the stream is closed
    // already.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| respond(routes.clone(), request));
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(WithProblems::new(stream)), service));
    // Errors need no handling: the response reports them to the client, or the client has disconnected.
    tokio::select! {
        _ = &mut connection => return,
        _ = stop.requested() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn respond(routes: Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let body = Drained::new(&parts.headers, body);
    routes.oneshot(Request::from_parts(parts, body)).await
}
