//! DynamoDB in a SQLite file.

mod door;

use std::net::SocketAddr;
use std::path::Path;

use dynoxide::{Database, DynoxideError};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::error::LocalError;
use crate::server::ServerThread;
use crate::{browsers, connections};

/// Serves the DynamoDB JSON protocol over loopback; any credentials are accepted.
///
/// The emulator invites web pages by CORS, and binds to a socket itself. So it listens where no page finds it, and what
/// is announced is a door in front of it that takes no request of a page.
///
/// *Guarantees:* an acknowledged write survives the end of the process, also by `SIGKILL`: it is in the write-ahead
/// log, which the system writes out (`journal_mode=WAL`, `synchronous=NORMAL`: no fsync per write, one per
/// checkpoint). Loss of power may take the last writes, never the file. Reads are always consistent: all requests
/// take turns on one connection.
#[derive(Debug)]
pub struct EmbeddedDynamoDb {
    server: ServerThread,
    emulator: SocketAddr,
}

impl EmbeddedDynamoDb {
    /// Opens `file`, creating it if missing, and listens on `listen` (port 0 picks a free one).
    ///
    /// *Errors:* the address is not loopback or not free; the file is no database, or of a newer emulator. Only one
    /// process may have the file open at a time.
    pub async fn start(file: &Path, listen: SocketAddr) -> Result<Self, LocalError> {
        let Some(name) = file.to_str().map(str::to_owned) else {
            return Err(LocalError::PathNotUtf8(file.to_owned()));
        };
        if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(|source| LocalError::Folder { path: folder.to_owned(), source })?;
        }
        let opened = tokio::task::spawn_blocking(move || open(&name)).await;
        let database = opened
            .unwrap_or_else(|panic| Err(DynoxideError::InternalServerError(panic.to_string())))
            .map_err(|source| LocalError::Database { path: file.to_owned(), source })?;
        let (bound, emulator) = oneshot::channel();
        let server = ServerThread::start("dynamodb", listen, async move |listener, stop| {
            let (hidden, address) = door::hidden_listener().map_err(|error| error.to_string())?;
            // The receiver is dropped when the start was given up.
            _ = bound.send(address);
            let (close, closed) = oneshot::channel::<()>();
            let emulator = dynoxide::server::serve_with_shutdown(hidden, database, async { drop(closed.await) });
            let emulator = tokio::spawn(emulator);
            connections::serve(listener, browsers::guard_store(door::routes(address)), &stop).await;
            drop(close);
            emulator.await.map_err(|panic| panic.to_string())?
        })
        .await?;
        let reason = "it has no address for itself".to_owned();
        let emulator = emulator.await.map_err(|_| LocalError::Stop { service: "dynamodb", reason })?;
        Ok(Self { server, emulator })
    }

    /// The address for an SDK client's endpoint.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// The address for clients of this process, which need no door.
    pub(crate) fn direct_endpoint(&self) -> String {
        format!("http://{}", self.emulator)
    }

    /// Lets running requests finish, writes the log back into the file, and closes it.
    ///
    /// *Errors:* a request was still running after ten seconds.
    pub async fn stop(self) -> Result<(), LocalError> {
        self.stop_since(Instant::now()).await
    }

    /// The same, as a part of a stop that began before.
    pub(crate) async fn stop_since(self, begun: Instant) -> Result<(), LocalError> {
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
