//! What can go wrong while a local service starts or stops.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Names the cause; the source, where there is one, is chained and not repeated in the text.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The services accept any caller who finds them, so they stay on this machine.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The port is taken, or may not be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// What the system answered.
        source: io::Error,
    },
    /// A thread or its runtime could not be made.
    #[error("cannot start the thread of {service}")]
    Thread {
        /// The service that was to run on it.
        service: &'static str,
        /// What the system answered.
        source: io::Error,
    },
    /// A folder could not be made, read or cleaned.
    #[error("cannot use the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The object store refused the folder.
    #[error("cannot keep objects in the folder {}", path.display())]
    Objects {
        /// The folder.
        path: PathBuf,
        /// What the store answered.
        source: object_store::Error,
    },
    /// SQLite takes paths as text.
    #[error("the path {} is not UTF-8", .0.display())]
    PathNotUtf8(PathBuf),
    /// The file is locked, damaged, or no database.
    #[error("cannot open the database {}", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// What the emulator answered.
        source: dynoxide::DynoxideError,
    },
    /// Another process has the folder.
    #[error("another process uses the folder {}", .0.display())]
    InUse(PathBuf),
    /// The folder was written by another version.
    #[error(
        "the folder {} has the format {found}, and this version uses the format {} only; start with another folder, or \
         with the version that wrote this one",
        path.display(),
        audit_core::FORMAT
    )]
    Format {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: String,
    },
    /// The tables could not be created.
    #[error("cannot create the tables")]
    Tables(#[source] audit_tables::TablesError),
    /// S3 would not take this name either.
    #[error("{} is not a bucket name", audit_core::invalid::quoted(.0))]
    BucketName(String),
    /// The service ended with an error, or its requests did not end in time.
    #[error("{service} did not stop cleanly: {reason}")]
    Stop {
        /// The service.
        service: &'static str,
        /// What it reported.
        reason: String,
    },
}
