//! DynamoDB in a SQLite file.

mod proxy;

use std::net::SocketAddr;
use std::path::Path;

use dynoxide::{Database, DynoxideError};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::error::LocalError;
use crate::server::Server;
use crate::{browsers, connections};

/// Serves the DynamoDB JSON protocol over loopback; any credentials are accepted.
///
/// The emulator (`dynoxide`) allows web pages by CORS, and can only serve a socket of its own. It therefore listens on
/// an address that no web page can find, behind a reverse proxy on the public address that rejects web pages.
///
/// # Guarantees
/// An acknowledged write survives the end of the process, also by `SIGKILL`: it is in the write-ahead log, which the
/// system writes out (`journal_mode=WAL`, `synchronous=NORMAL`: no fsync per write, one per checkpoint). A power
/// failure may lose the last writes but does not damage the file. Reads are always consistent: all requests take turns
/// on one connection.
#[derive(Debug)]
pub struct EmbeddedDynamoDb {
    server: Server,
    emulator: SocketAddr,
}

impl EmbeddedDynamoDb {
    /// Opens `file`, creating it if missing, and listens on `listen` (port 0 picks a free one).
    ///
    /// # Errors
    /// The address is not loopback or not free, or the file is not a database or is one of a newer emulator. Only one
    /// process at a time may open the file.
    pub async fn start(file: &Path, listen: SocketAddr) -> Result<Self, LocalError> {
        let Some(name) = file.to_str().map(str::to_owned) else {
            return Err(LocalError::PathNotUtf8(file.to_owned()));
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        let created = tokio::fs::create_dir_all(folder).await;
        created.map_err(|source| LocalError::Folder(folder.to_owned(), source))?;
        let database = tokio::task::spawn_blocking(move || open(&name))
            .await
            .unwrap_or_else(|panic| Err(DynoxideError::InternalServerError(panic.to_string())))
            .map_err(|source| LocalError::Database(file.to_owned(), source))?;
        let (bound, emulator) = oneshot::channel();
        let server = Server::start("dynamodb", listen, async move |listener, stop| {
            let (hidden, address) = proxy::hidden_listener().map_err(|error| error.to_string())?;
            // The receiver is dropped if the start was cancelled.
            let _ = bound.send(address);
            let (close, closed) = oneshot::channel::<()>();
            let emulator = dynoxide::server::serve_with_shutdown(hidden, database, async { drop(closed.await) });
            let emulator = tokio::spawn(emulator);
            connections::serve(listener, browsers::guard_store(proxy::routes(address)), &stop).await;
            drop(close);
            emulator.await.map_err(|panic| panic.to_string())?
        })?;
        let emulator = emulator.await;
        let emulator = emulator.map_err(|_| LocalError::Stop("dynamodb", "the emulator cannot listen".to_owned()))?;
        Ok(Self { server, emulator })
    }

    /// The endpoint for an SDK client.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// The endpoint for clients in this process, which do not need the proxy.
    pub(crate) fn direct_endpoint(&self) -> String {
        format!("http://{}", self.emulator)
    }

    /// Lets running requests finish within the grace of a stop that began at `begun`, writes the log back into the
    /// file, and closes it.
    ///
    /// # Errors
    /// A request was still running at the end of the grace.
    pub async fn stop(self, begun: Instant) -> Result<(), LocalError> {
        self.server.stop(begun).await
    }
}

fn open(file: &str) -> Result<Database, DynoxideError> {
    let database = Database::new(file)?;
    // The emulator opens with SQLite's default, a full fsync per write. Its only way to `synchronous=NORMAL` is the
    // second half of bulk loading, which sets that and SQLite's own defaults for the rest.
    database.disable_bulk_loading()?;
    Ok(database)
}
