//! Connections: HTTP/1.1 over TCP, and their end.
//!
//! HTTP/2 is not served: clients of a plain port have to know beforehand that a server speaks it, and it would need
//! bounds of its own. A connection that begins with its preface is closed at once. That is decided here, whatever
//! features of hyper another dependency enables.

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
use crate::refusals::WithProblems;
use crate::stop::Stop;

/// The pause after the system refused a connection, which it does while the process has too many files open.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);

/// How long a request that is cut may take to drop what it holds.
const DROPPING: Duration = Duration::from_secs(1);

/// Serves routes until the stop, and returns how many connections were cut.
///
/// # Guarantees
/// After the request to stop, no connection is accepted, idle ones are closed, and running requests are answered while
/// their time lasts. Then every connection is cut, whatever its client has sent so far.
pub async fn serve(listener: TcpListener, routes: Router, stop: &Stop) -> usize {
    let mut connections = JoinSet::new();
    let mut requested = pin!(stop.requested());
    loop {
        tokio::select! {
            stream = accepted(&listener) => drop(connections.spawn(connection(stream, routes.clone(), stop.clone()))),
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
    // A handler that does not yield keeps its thread, not the process.
    _ = timeout(DROPPING, ended(&mut connections)).await;
    cut
}

/// The next connection.
async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(REFUSED_PAUSE).await;
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
    // Without it the tail of a large answer waits for a delayed ACK; a stream that is closed already needs it no more.
    _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(routes.clone(), request));
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(WithProblems::new(stream)), service));
    // The client is told of its errors by the answer, or it is gone; either way there is nothing to do for it.
    tokio::select! {
        _ = &mut connection => return,
        _ = stop.requested() => connection.as_mut().graceful_shutdown(),
    }
    _ = connection.await;
}

async fn answer(routes: Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let body = Drained::new(&parts.headers, body);
    routes.oneshot(Request::from_parts(parts, body)).await
}
