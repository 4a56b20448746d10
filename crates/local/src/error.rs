//! Errors of starting and stopping a local service.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Describes the cause. The text does not repeat the source.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The stores accept every caller on this machine, so they must not be reachable from others.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The port is taken, or the process may not open it.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
    /// The threads of a service could not be started.
    #[error("cannot start the threads of {0}")]
    Runtime(&'static str, #[source] io::Error),
    /// The folder could not be created, read or cleaned.
    #[error("cannot use the folder {}", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// SQLite requires UTF-8 paths.
    #[error("the path {} is not UTF-8", .0.display())]
    PathNotUtf8(PathBuf),
    /// The file is locked, damaged, or not a database.
    #[error("cannot open the database {}", .0.display())]
    Database(PathBuf, #[source] dynoxide::DynoxideError),
    /// Another process uses the folder.
    #[error("another process uses the folder {}", .0.display())]
    InUse(PathBuf),
    /// Another version wrote the folder, in the format that is the second field.
    #[error(
        "the folder {folder} has the format {found}, and this version supports only the format {supported}; start with \
         another folder, or with the version that wrote this one",
        folder = .0.display(),
        found = .1,
        supported = audit_core::FORMAT
    )]
    Format(PathBuf, String),
    /// The tables could not be created.
    #[error("cannot create the tables")]
    Tables(#[source] audit_tables::TablesError),
    /// S3 would reject this bucket name too.
    #[error("{} is not a bucket name", audit_core::invalid::quoted(.0))]
    BucketName(String),
    /// The service failed, or its requests did not end in time.
    #[error("{0} did not stop cleanly: {1}")]
    Stop(&'static str, String),
}
