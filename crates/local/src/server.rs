//! A loopback server on a thread and a runtime of its own.
//!
//! The emulator answers every request synchronously behind one lock, and the object store hashes what it reads; on
//! the host's runtime both would hold up the requests they serve.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::error::LocalError;

/// Two are enough: one inside the store's lock, one parsing and writing JSON or hashing beside it.
const WORKERS: usize = 2;

/// A client that never ends its request must not keep the process from ending.
const GRACE: Duration = Duration::from_secs(10);

/// Resolves when the server is asked to stop.
pub(crate) type Stop = BoxFuture<'static, ()>;

/// A running server; dropping it asks it to stop without waiting.
#[derive(Debug)]
pub(crate) struct ServerThread {
    service: &'static str,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
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
        let (stop, stop_receiver) = oneshot::channel();
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
                let outcome = runtime.block_on(run(listener, stop_receiver, serve));
                // Joins the workers, so that whatever the connections held is dropped before "done".
                runtime.shutdown_timeout(GRACE);
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

    /// Stops accepting, lets running requests finish, and returns when everything the server held is dropped.
    pub(crate) async fn stop(self) -> Result<(), LocalError> {
        let service = self.service;
        // A server that ended by itself no longer listens; its outcome says why.
        let _already_ended = self.stop.send(());
        let outcome = self.done.await.unwrap_or_else(|_| Err("its thread ended".to_owned()));
        outcome.map_err(|reason| LocalError::Stop { service, reason })
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

fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
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

async fn run<S, F>(listener: TcpListener, stop: oneshot::Receiver<()>, serve: S) -> Result<(), String>
where
    S: FnOnce(TcpListener, Stop) -> F,
    F: Future<Output = Result<(), String>>,
{
    let stop = stop.map(drop).shared();
    let serving = serve(listener, stop.clone().boxed());
    let overdue = async {
        stop.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        outcome = serving => outcome,
        () = overdue => Err(format!("requests were still running after {} s", GRACE.as_secs())),
    }
}
