//! S3 over a folder: each object is a plain file at `<folder>/<bucket>/<key>`.
//!
//! So DuckDB and the like open what is stored without asking this process. What S3 keeps beside the bytes lies in
//! `<folder>/.meta`, outside every bucket.

mod about;
mod buckets;
mod checksum;
mod condition;
mod fault;
mod list;
mod location;
mod read;
mod service;
mod store;
mod walk;
mod write;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit_core::error::chain;
use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use object_store::local::LocalFileSystem;
use s3s::HttpError;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::time::Instant;

use crate::error::LocalError;
use crate::server::ServerThread;
use crate::{browsers, connections};

/// The access key that clients sign with; any other is refused.
pub const ACCESS_KEY: &str = "local";
/// The secret that belongs to [`ACCESS_KEY`]. It protects nothing: the service is reachable from this machine only.
pub const SECRET_KEY: &str = "local-secret";

/// Serves S3 over loopback, with path-style addresses and signatures of version 4.
///
/// *Guarantees:* as S3: an object is there whole or not at all, of concurrent creates exactly one succeeds, a promised
/// checksum that does not match stores nothing. What was acknowledged survives the end of the process, also by
/// `SIGKILL`; loss of power may take what the system had not written out yet.
///
/// *Differs from S3:* keys are paths (see the errors of a put: no empty part, `.`, `..` or control character, at most
/// 255 bytes between slashes, no key that is a folder of another); versions, tags, ACLs, lifecycle and locks are
/// absent, and so are multipart uploads; a copy keeps the source's modification time.
/// One process may serve a folder at a time.
#[derive(Debug)]
pub struct EmbeddedS3 {
    server: ServerThread,
}

impl EmbeddedS3 {
    /// Serves `folder`, creating it and `buckets` if missing, on `listen` (port 0 picks a free one).
    ///
    /// *Errors:* the address is not loopback or not free; a bucket name that S3 would refuse; no folder there.
    pub async fn start(folder: &Path, buckets: &[&str], listen: SocketAddr) -> Result<Self, LocalError> {
        if let Some(name) = buckets.iter().find(|name| !s3s::path::check_bucket_name(name)) {
            return Err(LocalError::BucketName((*name).to_owned()));
        }
        let store = prepare(folder, buckets).await?;
        let mut builder = S3ServiceBuilder::new(service::Service(Arc::new(store)));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = HandleError::new(builder.build(), unanswerable);
        let router = browsers::guard_store(Router::new().fallback_service(service));
        let server = ServerThread::start("s3", listen, async move |listener, stop| {
            connections::serve(listener, router, &stop).await;
            Ok(())
        })
        .await?;
        Ok(Self { server })
    }

    /// The address for an SDK client's endpoint; the client must use path-style addresses.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Lets running requests finish and stops.
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

async fn prepare(folder: &Path, buckets: &[&str]) -> Result<store::Store, LocalError> {
    let tmp = folder.join(location::TMP);
    match tokio::fs::remove_dir_all(&tmp).await {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(LocalError::Folder { path: tmp, source });
        }
        _ => {}
    }
    for name in [location::TMP, location::META].iter().chain(buckets) {
        let path: PathBuf = folder.join(name);
        let made = tokio::fs::create_dir_all(&path).await;
        made.map_err(|source| LocalError::Folder { path, source })?;
    }
    let unusable = |source| LocalError::Folder { path: folder.to_owned(), source };
    let folder = tokio::fs::canonicalize(folder).await.map_err(unusable)?;
    let files = LocalFileSystem::new_with_prefix(&folder);
    let files = files.map_err(|source| LocalError::Objects { path: folder.clone(), source })?;
    Ok(store::Store { folder, files, locks: condition::KeyLocks::new() })
}

async fn unanswerable(error: HttpError) -> StatusCode {
    let error = s3s::StdError::from(error);
    tracing::error!(error = chain(error.as_ref()), "a request could not be answered");
    StatusCode::INTERNAL_SERVER_ERROR
}
