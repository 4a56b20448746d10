//! The check of an org's ledger against the chain of claims in its bucket, beside the first round of every read (I-10).
//!
//! It costs two requests without a body, and a success is cached for [`FRESH`]. So a ledger that is lost, older or that
//! of another stack returns 503 and never fewer events, at most that long after it became so.
//!
//! # Why the head of the first round is enough
//!
//! The check reads the chain after that head. If no later claim exists then, no row was deleted that this head does not
//! show, and the hot rows were read before it. If one exists, and the head has changed meanwhile, the ledger is a living
//! one: what it was when the first head was read is what it was then, so the answer stays right.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use audit_core::{Clock, Head, Home, OrgId, UnixMicros, claim::RELIED_ON_FOR, error::chain, explains};
use audit_runtime::metrics::{self, Metric};
use audit_segments::{SegmentError, SegmentStore};
use audit_tables::Tables;
use tokio::time::timeout;

use crate::error::{QueryError, Result};

/// How long a success is valid for the same generation and number of claims.
const FRESH: Duration = RELIED_ON_FOR;
/// How old a success may be while S3 does not respond: a search of hot rows does not need S3 otherwise.
const ENOUGH: Duration = Duration::from_secs(15 * 60);
/// How long S3 may take while an earlier success is enough.
const PATIENCE: Duration = Duration::from_secs(2);
/// Maximum number of cached orgs. The cache is cleared when it is full.
const CACHED_ORGS: usize = 10_000;

/// Compares ledgers with their chains.
pub(crate) struct LedgerCheck {
    tables: Tables,
    archive: SegmentStore,
    clock: Arc<dyn Clock>,
    home: Home,
    passed: Mutex<HashMap<OrgId, Passed>>,
}

/// A success.
#[derive(Debug, Clone, Copy)]
struct Passed {
    generation: u64,
    claims: u64,
    at: UnixMicros,
}

impl LedgerCheck {
    /// Returns a check with an empty cache.
    pub(crate) fn new(tables: Tables, archive: SegmentStore, clock: Arc<dyn Clock>) -> Self {
        let home = Home { table: tables.ledger.name().to_owned(), bucket: archive.bucket().to_owned() };
        Self { tables, archive, clock, home, passed: Mutex::default() }
    }

    /// Checks the ledger whose head was read.
    ///
    /// # Errors
    /// [`QueryError::Ledger`] if the ledger is missing, behind or foreign, [`QueryError::Chain`] if S3 does not respond
    /// and no success of the last [`ENOUGH`] is known.
    pub(crate) async fn check(&self, org_id: &OrgId, head: &Head) -> Result<()> {
        let mut read = head.clone();
        loop {
            let now = self.clock.now();
            let known = self.passed().get(org_id).copied().filter(|it| it.at <= now);
            if known.is_some_and(|it| it.is_of(&read) && now.since(it.at) < FRESH) {
                return Ok(());
            }
            let is_enough = known.is_some_and(|it| it.precedes(&read) && now.since(it.at) < ENOUGH);
            let asked = self.archive.chain_end(org_id, &read);
            let found = if is_enough { timeout(PATIENCE, asked).await.ok() } else { Some(asked.await) };
            let end = match found {
                Some(Ok(end)) => end,
                None => {
                    tracing::warn!(%org_id, "S3 does not respond; an earlier check of the ledger is enough");
                    return Ok(());
                }
                Some(Err(error @ SegmentError::Failed { .. })) if is_enough => {
                    tracing::warn!(%org_id, error = chain(&error), "an earlier check of the ledger is enough");
                    return Ok(());
                }
                Some(Err(error)) => return Err(QueryError::Chain(error)),
            };
            let Err(refusal) = explains(&read, &self.home, end) else {
                self.note(org_id, &read, now);
                return Ok(());
            };
            // A pass may have decided between the two reads.
            let stored = self.tables.ledger.head(org_id).await?;
            if stored == read || stored.generation() != read.generation() {
                tracing::error!(%org_id, %refusal, "the ledger is refused");
                metrics::count_of_org(Metric::LedgersRefused, org_id, 1);
                return Err(QueryError::Ledger(refusal));
            }
            read = stored;
        }
    }

    fn passed(&self) -> MutexGuard<'_, HashMap<OrgId, Passed>> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, org_id: &OrgId, head: &Head, at: UnixMicros) {
        let mut passed = self.passed();
        if passed.len() >= CACHED_ORGS {
            passed.clear();
        }
        passed.insert(org_id.clone(), Passed { generation: head.generation(), claims: head.claims, at });
    }
}

impl Passed {
    fn is_of(self, head: &Head) -> bool {
        self.generation == head.generation() && self.claims == head.claims
    }

    /// Whether the head is that of the same ledger, or of a later moment of it.
    fn precedes(self, head: &Head) -> bool {
        self.generation == head.generation() && self.claims <= head.claims
    }
}
