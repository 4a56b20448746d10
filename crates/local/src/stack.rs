//! The stack: stores in a folder, tables and buckets in them, and the functions over them.

use std::fs::{File, TryLockError};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use audit_compact::Compactor;
use audit_core::Clock;
use audit_http::{CallerSource, service};
use audit_segments::{Buckets, SegmentStore};
use audit_tables::{TableNames, Tables};
use axum::Router;
use tokio::time::Instant;

use crate::dynamodb::EmbeddedDynamoDb;
use crate::error::LocalError;
use crate::s3::{ACCESS_KEY, EmbeddedS3};
use crate::{archive_route, clients, format};

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

/// Where the tables are.
#[derive(Debug, Clone)]
pub enum TableStore {
    /// In the stack's folder, served on this port of loopback; 0 picks a free one.
    Embedded {
        /// The port.
        port: u16,
    },
    /// In a DynamoDB that runs already. Amazon's DynamoDB Local gives each access key tables of its own.
    Running {
        /// Its address.
        endpoint: String,
        /// The access key, letters and digits.
        access_key: String,
    },
}

/// What a stack is started with.
pub struct StackOptions {
    /// The folder that keeps everything else, and the tables of an embedded store.
    pub data: PathBuf,
    /// Where the tables are.
    pub tables: TableStore,
    /// The port of the embedded S3 on loopback; 0 picks a free one.
    pub s3_port: u16,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How long a page may take.
    pub budget: Duration,
}

/// A running stack. One process at a time has a folder.
pub struct Stack {
    dynamodb: DynamoDb,
    s3: EmbeddedS3,
    tables: Tables,
    archive: SegmentStore,
    clock: Arc<dyn Clock>,
    budget: Duration,
    data: PathBuf,
    _lock: File,
}

impl Stack {
    /// Starts the stores, and creates tables and buckets that do not exist yet.
    pub async fn start(options: StackOptions) -> Result<Self, LocalError> {
        let StackOptions { data, tables, s3_port, clock, budget } = options;
        let lock = lock(&data)?;
        format::check(&data)?;
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let dynamodb = match tables {
            TableStore::Embedded { port } => {
                let embedded = EmbeddedDynamoDb::start(&data.join("dynamodb.sqlite"), loopback(port)).await?;
                let (endpoint, direct) = (embedded.endpoint(), embedded.direct_endpoint());
                DynamoDb { endpoint, direct, access_key: ACCESS_KEY.to_owned(), embedded: Some(embedded) }
            }
            TableStore::Running { endpoint, access_key } => {
                DynamoDb { direct: endpoint.clone(), endpoint, access_key, embedded: None }
            }
        };
        let s3 = EmbeddedS3::start(&data.join("s3"), &[ARCHIVE_BUCKET, STAGING_BUCKET], loopback(s3_port)).await?;
        let tables = Tables::new(dynamodb.client(), table_names());
        tables.create_missing().await.map_err(LocalError::Tables)?;
        let archive = SegmentStore::new(clients::s3(&s3.endpoint()), buckets(), audit_query::CACHE_BYTES);
        Ok(Self { dynamodb, s3, tables, archive, clock, budget, data, _lock: lock })
    }

    /// The endpoint of the DynamoDB that has the tables.
    pub fn dynamodb_endpoint(&self) -> &str {
        &self.dynamodb.endpoint
    }

    /// A client of the DynamoDB that has the tables.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.dynamodb.client()
    }

    /// The configuration of such a client, for what a test adds to it.
    pub fn dynamodb_config(&self) -> aws_sdk_dynamodb::config::Builder {
        self.dynamodb.config()
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
    pub fn archive(&self) -> &SegmentStore {
        &self.archive
    }

    /// A worker of the archive pass. It deletes as fast as the store takes it: the embedded one has no partitions to spare.
    pub fn compactor(&self) -> Compactor {
        let compactor = Compactor::new(self.tables.clone(), self.archive.clone(), Arc::clone(&self.clock), None);
        // One process at a time has the folder: after a crash it continues what it had leased itself.
        compactor.named("local")
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
    ///
    /// # Errors
    /// A store did not close within the grace; what it acknowledged is in the folder all the same.
    pub async fn stop(self) -> Result<(), LocalError> {
        self.stop_since(Instant::now()).await
    }

    /// The same, as a part of a stop that began before.
    ///
    /// # Errors
    /// As those of [`stop`](Self::stop).
    pub async fn stop_since(self, begun: Instant) -> Result<(), LocalError> {
        let Self { dynamodb, s3, .. } = self;
        let dynamodb = async {
            match dynamodb.embedded {
                Some(embedded) => embedded.stop_since(begun).await,
                None => Ok(()),
            }
        };
        let (dynamodb, s3) = tokio::join!(dynamodb, s3.stop_since(begun));
        dynamodb.and(s3)
    }
}

/// The DynamoDB that has the tables, and how it is asked.
struct DynamoDb {
    /// The address that is announced.
    endpoint: String,
    /// The address for clients of this process.
    direct: String,
    access_key: String,
    embedded: Option<EmbeddedDynamoDb>,
}

impl DynamoDb {
    fn config(&self) -> aws_sdk_dynamodb::config::Builder {
        clients::dynamodb_config(&self.direct, &self.access_key)
    }

    fn client(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(self.config().build())
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
