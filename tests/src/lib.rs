//! What the end-to-end tests share: a stack in a temporary folder, a fixed clock, an API client.

pub mod acme;
pub mod api;
pub mod contract;
pub mod data;
pub mod exact;
pub mod faults;
pub mod figures;
pub mod log;
pub mod lost;
pub mod memory;
pub mod merges;
pub mod outside;
pub mod rows;
pub mod seed;
pub mod served;
pub mod steps;
pub mod table_store;
pub mod traffic;
pub mod viewer;
pub mod walk;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use audit_core::{Clock, IdKey, OrgId, UnixMicros};
use audit_local::stack::{Stack, StackOptions, TableStore};
use tempfile::TempDir;

/// The instant at which every test begins.
pub const START: &str = "2026-11-23T12:00:00Z";

/// The key of the ids of events that a test makes itself, without ingest.
pub const ID_KEY: IdKey = IdKey::new([7; 32]);

/// A clock that a test sets.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that is fixed at `at`, RFC 3339.
    pub fn at(at: &str) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(instant(at).micros())))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_micros().try_into().expect("a short time"), Ordering::SeqCst);
    }

    /// Moves it forward to `at`, unless it is later already.
    pub fn reach(&self, at: UnixMicros) {
        self.0.fetch_max(at.micros(), Ordering::SeqCst);
    }

    /// Sets it to `at`, RFC 3339.
    pub fn set(&self, at: &str) {
        self.0.store(instant(at).micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixMicros {
        UnixMicros::new(self.0.load(Ordering::SeqCst))
    }
}

/// Parses RFC 3339.
pub fn instant(text: &str) -> UnixMicros {
    text.parse::<UnixMicros>().expect("an instant")
}

/// Parses an org id.
pub fn org(text: &str) -> OrgId {
    text.parse::<OrgId>().expect("an org id")
}

/// A stack in a folder that is deleted with it.
pub struct TestStack {
    stack: Stack,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    folder: TempDir,
    tables: TableStore,
}

impl std::ops::Deref for TestStack {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.stack
    }
}

impl TestStack {
    /// Starts a stack at [`START`] with a page budget that no test reaches.
    pub async fn start() -> Self {
        Self::with_budget(Duration::from_secs(600)).await
    }

    /// Starts a stack whose pages end after `budget`.
    pub async fn with_budget(budget: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = ManualClock::at(START);
        let tables = table_store::chosen();
        let stack = start(folder.path(), tables.clone(), &clock, budget).await;
        Self { stack, clock, folder, tables }
    }

    /// The folder that keeps everything but the tables of a store that runs elsewhere.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops the stack and starts it again over the same folder.
    pub async fn restart(self) -> Self {
        let Self { stack, clock, folder, tables } = self;
        stack.stop().await.expect("the stack stops");
        let stack = start(folder.path(), tables.clone(), &clock, Duration::from_secs(600)).await;
        Self { stack, clock, folder, tables }
    }
}

async fn start(folder: &Path, tables: TableStore, clock: &Arc<ManualClock>, budget: Duration) -> Stack {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let options = StackOptions { data: folder.to_owned(), tables, s3_port: 0, kms_port: 0, clock, budget };
    Stack::start(options).await.expect("a stack")
}
