//! A loopback server on a thread and a runtime of its own.
//!
//! The emulator answers every request synchronously behind one lock, and the object store hashes what it reads; on
//! the host's runtime both would hold up the requests they serve.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::error::LocalError;
use crate::stop::{GRACE, Stop};

/// Two are enough: one inside the store's lock, one parsing and writing JSON or hashing beside it.
const WORKERS: usize = 2;

/// How long work that does not yield may keep the threads after the server has ended.
const JOINING: Duration = Duration::from_secs(1);

/// A running server; dropping it asks it to stop without waiting.
#[derive(Debug)]
pub(crate) struct ServerThread {
    service: &'static str,
    address: SocketAddr,
    stop: Stop,
    done: oneshot::Receiver<Result<(), String>>,
}

impl ServerThread {
    /// Binds `listen` and runs `serve` on it until [`stop`](Self::stop).
    pub(crate) async fn start<S, F>(service: &'static str, listen: SocketAddr, serve: S) -> Result<Self, LocalError>
    where
        S: FnOnce(TcpListener, Stop) -> F + Send + 'static,
        F: Future<Output = Result<(), String>>,
    {
        if !listen.ip().is_loopback() {
            return Err(LocalError::NotLoopback(listen));
        }
        let thread = |source| LocalError::Thread { service, source };
        let (ready_sender, ready) = oneshot::channel();
        let stop = Stop::default();
        let requested = stop.clone();
        let (done_sender, done) = oneshot::channel();
        std::thread::Builder::new()
            .name(service.to_owned())
            .spawn(move || {
                let bound = bind(service, listen);
                let (runtime, listener, address) = match bound {
                    Ok(bound) => bound,
                    Err(error) => {
                        drop(ready_sender.send(Err(error)));
                        return;
                    }
                };
                drop(ready_sender.send(Ok(address)));
                let outcome = runtime.block_on(run(listener, requested, serve));
                // Joins the workers, so that all that the connections had is dropped before "done".
                runtime.shutdown_timeout(JOINING);
                drop(done_sender.send(outcome));
            })
            .map_err(thread)?;
        let gone = |_| LocalError::Stop { service, reason: "its thread ended".to_owned() };
        let address = ready.await.map_err(gone)??;
        Ok(Self { service, address, stop, done })
    }

    /// Where clients reach it.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops accepting, lets running requests finish within the grace of a stop that began at `begun`, and returns when
    /// all that the server had is dropped.
    pub(crate) async fn stop(mut self, begun: Instant) -> Result<(), LocalError> {
        let service = self.service;
        // A server that ended by itself does not notice; its outcome says why.
        self.stop.request_since(begun);
        let outcome = (&mut self.done).await.unwrap_or_else(|_| Err("its thread ended".to_owned()));
        outcome.map_err(|reason| LocalError::Stop { service, reason })
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        self.stop.request();
    }
}

fn bind(service: &'static str, address: SocketAddr) -> Result<(Runtime, TcpListener, SocketAddr), LocalError> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name(service)
        .enable_all()
        .build()
        .map_err(|source| LocalError::Thread { service, source })?;
    let listener = {
        let _entered = runtime.enter();
        listener(address)
    };
    let bound = listener.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    match bound {
        Ok((listener, address)) => Ok((runtime, listener, address)),
        Err(source) => Err(LocalError::Listen { address, source }),
    }
}

/// Listens on an address; needs a runtime around it.
pub(crate) fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Accepted connections inherit it; without it the tail of a large answer waits for a delayed ACK.
    socket.set_nodelay(true)?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

async fn run<S, F>(listener: TcpListener, stop: Stop, serve: S) -> Result<(), String>
where
    S: FnOnce(TcpListener, Stop) -> F,
    F: Future<Output = Result<(), String>>,
{
    tokio::select! {
        outcome = serve(listener, stop.clone()) => outcome,
        () = stop.over() => Err(format!("requests were still running after {} s", GRACE.as_secs())),
    }
}
