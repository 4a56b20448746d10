//! S3 over a folder: each object is a plain file at `<folder>/<bucket>/<key>`.
//!
//! DuckDB and other tools can therefore read the objects without this process. Their S3 metadata is stored in
//! `<folder>/.meta`, outside every bucket.

mod checksum;
mod condition;
mod error;
mod list;
mod location;
mod metadata;
mod read;
mod service;
mod store;
mod write;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use audit_core::error::chain;
use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use s3s::HttpError;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::time::Instant;

use crate::error::LocalError;
use crate::server::Server;
use crate::{browsers, connections};

/// The access key that clients sign with; any other is rejected.
pub const ACCESS_KEY: &str = "local";
/// The secret of [`ACCESS_KEY`]. It protects nothing: only this machine can reach the service.
pub const SECRET_KEY: &str = "local-secret";

/// Serves S3 over loopback, with path-style addresses and signatures of version 4.
///
/// The operations are PutObject, CopyObject, GetObject, HeadObject, ListObjectsV2 and DeleteObject. They differ from
/// S3: keys are paths (no empty part, `.`, `..` or control character, at most 255 bytes between slashes, no key that is
/// a folder of another), there are no versions, tags, ACLs, lifecycle rules or locks, and a copy has the source's
/// modification time. One process at a time may serve a folder.
///
/// # Guarantees
/// As in S3: an object is complete or absent, of concurrent creates exactly one succeeds, and a wrong checksum stores
/// nothing. Acknowledged writes survive the end of the process, also by `SIGKILL`; a power failure may lose those that
/// the system had not written out yet.
#[derive(Debug)]
pub struct EmbeddedS3 {
    server: Server,
}

impl EmbeddedS3 {
    /// Serves `folder`, creating it and `buckets` if missing, on `listen` (port 0 picks a free one).
    ///
    /// # Errors
    /// The address is not loopback or not free, S3 would reject a bucket's name, or the folder cannot be used.
    pub async fn start(folder: &Path, buckets: &[&str], listen: SocketAddr) -> Result<Self, LocalError> {
        if let Some(name) = buckets.iter().find(|name| !s3s::path::check_bucket_name(name)) {
            return Err(LocalError::BucketName((*name).to_owned()));
        }
        let store = prepare(folder, buckets).await.map_err(|source| LocalError::Folder(folder.to_owned(), source))?;
        let mut builder = S3ServiceBuilder::new(service::Service(Arc::new(store)));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = HandleError::new(builder.build(), internal_error);
        let router = browsers::guard_store(Router::new().fallback_service(service));
        let server = Server::start("s3", listen, async move |listener, stop| {
            connections::serve(listener, router, &stop).await;
            Ok(())
        })?;
        Ok(Self { server })
    }

    /// The endpoint for an SDK client, which must use path-style addresses.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Lets running requests finish within the grace of a stop that began at `begun`, and stops.
    ///
    /// # Errors
    /// A request was still running at the end of the grace.
    pub async fn stop(self, begun: Instant) -> Result<(), LocalError> {
        self.server.stop(begun).await
    }
}

async fn prepare(folder: &Path, buckets: &[&str]) -> io::Result<store::Store> {
    match tokio::fs::remove_dir_all(folder.join(location::TMP)).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for name in [location::TMP, location::META].iter().chain(buckets) {
        tokio::fs::create_dir_all(folder.join(name)).await?;
    }
    store::Store::new(tokio::fs::canonicalize(folder).await?).map_err(io::Error::other)
}

async fn internal_error(error: HttpError) -> StatusCode {
    let error = s3s::StdError::from(error);
    tracing::error!(error = chain(error.as_ref()), "the embedded S3 failed");
    StatusCode::INTERNAL_SERVER_ERROR
}
