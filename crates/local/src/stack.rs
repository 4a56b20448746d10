//! The local stack: embedded stores in a folder, their tables and buckets, and the functions that use them.

use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use audit_compact::{Compactor, LogSettings, Signer};
use audit_core::Clock;
use audit_http::{CallerSource, service};
use audit_segments::{Buckets, SegmentStore};
use audit_tables::{TableNames, Tables};
use axum::Router;
use futures::future::OptionFuture;
use tokio::time::Instant;

use crate::dynamodb::EmbeddedDynamoDb;
use crate::error::LocalError;
use crate::kms::{EmbeddedKms, KEY_ID};
use crate::s3::{ACCESS_KEY, EmbeddedS3};
use crate::{archive_route, clients, format, viewer_page};

/// The bucket of published segments.
pub const ARCHIVE_BUCKET: &str = "audit-archive";
/// The bucket of staged segments.
pub const STAGING_BUCKET: &str = "audit-staging";

/// The host in the origins of the logs.
pub const LOG_HOST: &str = "localhost";

/// Returns the names of the tables.
pub fn table_names() -> TableNames {
    let [orgs, events, ledger, sessions] = ["orgs", "events", "ledger", "sessions"].map(|name| format!("audit-{name}"));
    TableNames { orgs, events, ledger, sessions }
}

/// Returns the names of the buckets.
pub fn buckets() -> Buckets {
    Buckets { archive: ARCHIVE_BUCKET.to_owned(), staging: STAGING_BUCKET.to_owned() }
}

/// Returns where and under which name checkpoints are signed.
pub fn log_settings() -> LogSettings {
    LogSettings { key_id: KEY_ID.to_owned(), host: LOG_HOST.to_owned() }
}

/// Where the tables are.
#[derive(Debug, Clone)]
pub enum TableStore {
    /// In the stack's folder.
    Embedded {
        /// The port on loopback; 0 picks a free one.
        port: u16,
    },
    /// In another DynamoDB. Amazon's DynamoDB Local has separate tables for each access key.
    Running {
        /// Its endpoint.
        endpoint: String,
        /// The access key: letters and digits.
        access_key: String,
    },
}

/// The settings of a stack.
pub struct StackOptions {
    /// The folder of everything that is stored, except tables in another DynamoDB.
    pub data: PathBuf,
    /// Where the tables are.
    pub tables: TableStore,
    /// The port of the embedded S3 on loopback; 0 picks a free one.
    pub s3_port: u16,
    /// The port of the embedded KMS on loopback; 0 picks a free one.
    pub kms_port: u16,
    /// The source of the time.
    pub clock: Arc<dyn Clock>,
    /// The longest time that a page may take.
    pub budget: Duration,
}

/// A running stack. Only one process at a time can use a folder.
pub struct Stack {
    embedded: Option<EmbeddedDynamoDb>,
    /// The endpoint that is printed.
    dynamodb_endpoint: String,
    /// The configuration of clients in this process.
    dynamodb_config: aws_sdk_dynamodb::config::Builder,
    s3: EmbeddedS3,
    kms: EmbeddedKms,
    signer: Signer,
    tables: Tables,
    archive: SegmentStore,
    clock: Arc<dyn Clock>,
    budget: Duration,
    data: PathBuf,
    _lock: File,
}

impl Stack {
    /// Starts the stores, and creates missing tables and buckets.
    pub async fn start(options: StackOptions) -> Result<Self, LocalError> {
        let StackOptions { data, tables, s3_port, kms_port, clock, budget } = options;
        let lock = lock(&data)?;
        format::check(&data)?;
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (embedded, dynamodb_endpoint, dynamodb_config) = match tables {
            TableStore::Embedded { port } => {
                let embedded = EmbeddedDynamoDb::start(&data.join("dynamodb.sqlite"), loopback(port)).await?;
                let config = clients::dynamodb_config(&embedded.direct_endpoint(), ACCESS_KEY);
                let endpoint = embedded.endpoint();
                (Some(embedded), endpoint, config)
            }
            TableStore::Running { endpoint, access_key } => {
                let config = clients::dynamodb_config(&endpoint, &access_key);
                (None, endpoint, config)
            }
        };
        let s3 = EmbeddedS3::start(&data.join("s3"), &[ARCHIVE_BUCKET, STAGING_BUCKET], loopback(s3_port)).await?;
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb_config.clone().build());
        let tables = Tables::new(dynamodb, table_names());
        tables.create_missing().await.map_err(LocalError::Tables)?;
        let archive = SegmentStore::new(clients::s3(&s3.endpoint()), buckets(), audit_query::CACHE_BYTES);
        let kms = EmbeddedKms::start(&data.join("log-key"), loopback(kms_port)).await?;
        let signer = Signer::new(clients::kms_config(&kms.endpoint()), log_settings());
        Ok(Self {
            embedded,
            dynamodb_endpoint,
            dynamodb_config,
            s3,
            kms,
            signer,
            tables,
            archive,
            clock,
            budget,
            data,
            _lock: lock,
        })
    }

    /// Returns the endpoint of the DynamoDB with the tables.
    pub fn dynamodb_endpoint(&self) -> &str {
        &self.dynamodb_endpoint
    }

    /// Returns a client of the DynamoDB with the tables.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(self.dynamodb_config().build())
    }

    /// Returns the configuration of such a client, for tests that add to it.
    pub fn dynamodb_config(&self) -> aws_sdk_dynamodb::config::Builder {
        self.dynamodb_config.clone()
    }

    /// Returns the endpoint of the embedded S3.
    pub fn s3_endpoint(&self) -> String {
        self.s3.endpoint()
    }

    /// Returns the endpoint of the embedded KMS.
    pub fn kms_endpoint(&self) -> String {
        self.kms.endpoint()
    }

    /// Returns the folder of the published segments, which are plain files.
    pub fn archive_folder(&self) -> PathBuf {
        self.data.join("s3").join(ARCHIVE_BUCKET).join("events")
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The archive.
    pub fn archive(&self) -> &SegmentStore {
        &self.archive
    }

    /// Returns a worker of the archive pass. It deletes rows without a rate limit, because the embedded store has no
    /// partitions to protect.
    pub fn compactor(&self) -> Compactor {
        let compactor = Compactor::new(self.tables.clone(), self.archive.clone(), Arc::clone(&self.clock), None);
        // Only one process at a time uses the folder, so after a crash it may continue under its own leases.
        compactor.named("local").signing(self.signer.clone())
    }

    /// Returns all routes: those of the functions, and those that only a local stack has.
    pub fn router(&self) -> Router {
        let (tables, archive, clock) = (|| self.tables.clone(), || self.archive.clone(), || Arc::clone(&self.clock));
        let ingest = audit_ingest::routes(tables(), clock());
        let query = audit_query::routes(tables(), archive(), clock(), self.budget);
        let view = audit_query::view_routes(tables(), archive(), clock(), self.budget);
        let local = archive_route::routes(self.compactor()).merge(viewer_page::routes(ingest.clone()));
        let routes = ingest.merge(query).merge(view).merge(local);
        service::framed(routes, CallerSource::Local)
    }

    /// Stops the stores.
    ///
    /// # Errors
    /// A store did not close within the grace. Even then, every acknowledged write is in the folder.
    pub async fn stop(self) -> Result<(), LocalError> {
        self.stop_since(Instant::now()).await
    }

    /// Stops the stores as a part of a stop that began at `begun`.
    ///
    /// # Errors
    /// See [`stop`](Self::stop).
    pub async fn stop_since(self, begun: Instant) -> Result<(), LocalError> {
        let Self { embedded, s3, kms, .. } = self;
        let dynamodb = OptionFuture::from(embedded.map(|embedded| embedded.stop(begun)));
        let (dynamodb, s3, kms) = tokio::join!(dynamodb, s3.stop(begun), kms.stop(begun));
        dynamodb.unwrap_or(Ok(())).and(s3).and(kms)
    }
}

/// Locks the folder: two processes would not see each other's locks in memory.
fn lock(data: &Path) -> Result<File, LocalError> {
    let unusable = |source| LocalError::Folder(data.to_owned(), source);
    std::fs::create_dir_all(data).map_err(unusable)?;
    let file = File::create(data.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LocalError::InUse(data.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}
