//! A loopback server on a runtime of its own.
//!
//! The DynamoDB emulator handles every request synchronously under one lock, and the object store hashes what it reads.
//! On the caller's runtime both would delay the requests that they serve.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::error::LocalError;
use crate::stop::{GRACE, Stop};

/// Two are enough: one under the store's lock, the other parsing and writing JSON or hashing.
const WORKERS: usize = 2;

/// How long work that does not yield may keep the threads after the server has ended.
const JOINING: Duration = Duration::from_secs(1);

/// A running server; dropping it cuts its requests.
#[derive(Debug)]
pub(crate) struct Server {
    service: &'static str,
    address: SocketAddr,
    stop: Stop,
    serving: JoinHandle<Result<(), String>>,
    /// `None` once the server has stopped: a runtime may not be dropped by async code.
    runtime: Option<Runtime>,
}

impl Server {
    /// Binds `listen` and runs `serve` on it until [`stop`](Self::stop). The caller's runtime binds the address.
    pub(crate) fn start<S, F>(service: &'static str, listen: SocketAddr, serve: S) -> Result<Self, LocalError>
    where
        S: FnOnce(TcpListener, Stop) -> F + Send + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        if !listen.ip().is_loopback() {
            return Err(LocalError::NotLoopback(listen));
        }
        let bind = || -> std::io::Result<_> {
            let listener = listener(listen)?;
            Ok((listener.local_addr()?, listener.into_std()?))
        };
        let (address, listener) = bind().map_err(|source| LocalError::Listen(listen, source))?;
        let runtime = Builder::new_multi_thread().worker_threads(WORKERS).thread_name(service).enable_all().build();
        let runtime = runtime.map_err(|source| LocalError::Runtime(service, source))?;
        let stop = Stop::default();
        let requested = stop.clone();
        let serving = runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).map_err(|error| error.to_string())?;
            serve(listener, requested).await
        });
        Ok(Self { service, address, stop, serving, runtime: Some(runtime) })
    }

    /// The endpoint for clients.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops accepting, lets running requests finish within the grace of a stop that began at `begun`, and returns when
    /// everything that the server owned was dropped.
    pub(crate) async fn stop(mut self, begun: Instant) -> Result<(), LocalError> {
        self.stop.request_since(begun);
        let outcome = tokio::select! {
            ended = &mut self.serving => ended.unwrap_or_else(|panic| Err(panic.to_string())),
            () = self.stop.over() => Err(format!("requests were still running after {} s", GRACE.as_secs())),
        };
        if let Some(runtime) = self.runtime.take() {
            // Joins the workers, which drop the connections.
            let _ = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(JOINING)).await;
        }
        outcome.map_err(|reason| LocalError::Stop(self.service, reason))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Listens on an address. Must be called within a runtime.
pub(crate) fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Accepted connections inherit it. Without it the tail of a large response waits for a delayed ACK.
    socket.set_nodelay(true)?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}
