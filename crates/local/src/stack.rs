//! The stack: stores in a folder, tables and buckets in them, and the functions over them.

use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use audit_archive::{Archive, Buckets};
use audit_compact::Compactor;
use audit_core::time::Clock;
use audit_http::caller::CallerSource;
use audit_http::service;
use audit_tables::{TableNames, Tables};
use axum::Router;

use crate::dynamodb::EmbeddedDynamoDb;
use crate::error::LocalError;
use crate::s3::EmbeddedS3;
use crate::{archive_route, clients};

/// The bucket of published segments.
pub const ARCHIVE_BUCKET: &str = "audit-archive";
/// The bucket of staged segments.
pub const STAGING_BUCKET: &str = "audit-staging";

/// The names of the tables.
pub fn table_names() -> TableNames {
    TableNames { orgs: "audit-orgs".to_owned(), events: "audit-events".to_owned(), ledger: "audit-ledger".to_owned() }
}

/// The names of the buckets.
pub fn buckets() -> Buckets {
    Buckets { archive: ARCHIVE_BUCKET.to_owned(), staging: STAGING_BUCKET.to_owned() }
}

/// What a stack is started with.
pub struct StackOptions {
    /// The folder that keeps everything.
    pub data: PathBuf,
    /// The port of the embedded DynamoDB on loopback; 0 picks a free one.
    pub dynamodb_port: u16,
    /// The port of the embedded S3 on loopback; 0 picks a free one.
    pub s3_port: u16,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How long a page may take.
    pub budget: Duration,
}

/// A running stack. One process at a time has a folder.
pub struct Stack {
    dynamodb: EmbeddedDynamoDb,
    s3: EmbeddedS3,
    tables: Tables,
    archive: Archive,
    clock: Arc<dyn Clock>,
    budget: Duration,
    data: PathBuf,
    _lock: File,
}

impl Stack {
    /// Starts the stores, and creates tables and buckets that do not exist yet.
    pub async fn start(options: StackOptions) -> Result<Self, LocalError> {
        let StackOptions { data, dynamodb_port, s3_port, clock, budget } = options;
        let lock = lock(&data)?;
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let dynamodb = EmbeddedDynamoDb::start(&data.join("dynamodb.sqlite"), loopback(dynamodb_port)).await?;
        let s3 = EmbeddedS3::start(&data.join("s3"), &[ARCHIVE_BUCKET, STAGING_BUCKET], loopback(s3_port)).await?;
        let tables = Tables::new(clients::dynamodb(&dynamodb.endpoint()), table_names());
        tables.create_missing().await.map_err(LocalError::Tables)?;
        let archive = Archive::new(clients::s3(&s3.endpoint()), buckets(), audit_query::CACHE_BYTES);
        Ok(Self { dynamodb, s3, tables, archive, clock, budget, data, _lock: lock })
    }

    /// The endpoint of the embedded DynamoDB.
    pub fn dynamodb_endpoint(&self) -> String {
        self.dynamodb.endpoint()
    }

    /// The endpoint of the embedded S3.
    pub fn s3_endpoint(&self) -> String {
        self.s3.endpoint()
    }

    /// The folder of published segments, as plain files.
    pub fn archive_folder(&self) -> PathBuf {
        self.data.join("s3").join(ARCHIVE_BUCKET).join("events")
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The archive.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// A worker of the archive pass. It deletes as fast as the store takes it: the embedded one has no partitions to spare.
    pub fn compactor(&self) -> Compactor {
        Compactor::new(self.tables.clone(), self.archive.clone(), Arc::clone(&self.clock), None)
    }

    /// All routes: those of the functions, and `POST /local/archive`.
    pub fn router(&self) -> Router {
        let ingest = audit_ingest::routes(self.tables.clone(), Arc::clone(&self.clock));
        let query =
            audit_query::routes(self.tables.clone(), self.archive.clone(), Arc::clone(&self.clock), self.budget);
        let routes = ingest.merge(query).merge(archive_route::routes(self.compactor()));
        service::framed(routes, CallerSource::Local)
    }

    /// Stops the stores; what they answered is in the folder.
    pub async fn stop(self) -> Result<(), LocalError> {
        self.dynamodb.stop().await?;
        self.s3.stop().await
    }
}

/// Two processes over one SQLite file and one folder would not see each other's locks.
fn lock(data: &Path) -> Result<File, LocalError> {
    let unusable = |source| LocalError::Folder { path: data.to_owned(), source };
    std::fs::create_dir_all(data).map_err(unusable)?;
    let file = File::create(data.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LocalError::InUse(data.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}
