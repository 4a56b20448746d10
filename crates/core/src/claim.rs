//! Claims: one chain of objects per org, in the archive bucket, one claim for each decision about the archive.
//!
//! Every decision is written to the ledger, **then** claimed in the bucket, and only **then** has its effect. So a ledger
//! that does not know of a decision finds a claim that it does not know of, whatever table it is in, and stops before it
//! numbers or deletes a row. [`explains`] is that comparison (I-10).
//!
//! | kind | decides | its effect |
//! | --- | --- | --- |
//! | batch | a batch is committed | its segments are copied to their final keys |
//! | published | readers see the batch | its hot rows are deleted |
//! | void | the newest batch, never published, ends | its sequence numbers are used again |
//! | merge | segments are merged | the targets are copied to their final keys |
//! | switched | readers use the targets of the merge | its sources are deleted |
//! | abandoned | the merge, never switched, ends | its targets are deleted |
//! | rebuild | a new generation of the ledger begins | every other ledger of the org is refused |
//!
//! The worker that decides fixes the bytes in the ledger, and every worker puts those bytes: workers of two versions
//! never put different ones.

mod stored;

use std::time::Duration;

use crate::ledger::{Head, Home};
use crate::log_id::LogId;
use crate::merge::{MergeRecord, MergeSource};
use crate::org::OrgId;
use crate::segment::SegmentRecord;
use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::time::{Month, UnixMicros};
use crate::tree::Frontier;

/// How long a reader relies on an earlier comparison of a ledger with its chain. A rebuilt ledger is used only after that:
/// until then, a reader of the ledger before it may still answer.
pub const RELIED_ON_FOR: Duration = Duration::from_secs(60);

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The org.
    pub org_id: OrgId,
    /// The org's log.
    pub log_id: LogId,
    /// Its number: dense from 0, in the order of the decisions, and never used again.
    pub number: u64,
    /// The generation of the ledger that decided.
    pub generation: u64,
    /// When it was decided.
    pub decided_at: UnixMicros,
    /// The SHA-256 of the claim before it; `None` in the first one.
    pub previous: Option<Sha256>,
    /// What was decided.
    pub decision: Decision,
}

/// What a claim decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A batch is committed.
    Batch(ClaimedBatch),
    /// The batch that begins at this number is published.
    Published(Seq),
    /// The batch that begins at this number was committed, never published, and ends.
    Void(Seq),
    /// Segments of a month are merged.
    Merge(ClaimedMerge),
    /// Readers use the targets of the merge with this number.
    Switched(u64),
    /// The merge with this number was decided, never switched, and ends.
    Abandoned(u64),
    /// A new generation of the ledger begins.
    Rebuild,
}

/// A committed batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedBatch {
    /// Its first sequence number.
    pub first_seq: Seq,
    /// Its rows.
    pub rows: u64,
    /// The tree of all rows up to its last one.
    pub frontier: Frontier,
    /// Its segments in order.
    pub segments: Vec<SegmentRecord>,
}

/// A decided merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMerge {
    /// Its number.
    pub number: u64,
    /// The month of its segments.
    pub month: Month,
    /// The segments that it replaces, in the order of their names.
    pub sources: Vec<MergeSource>,
    /// The segments that replace them, in the order in which they were written.
    pub targets: Vec<SegmentRecord>,
}

impl ClaimedMerge {
    /// Returns the record of the merge, which was decided at `decided_at`.
    pub fn record(&self, decided_at: UnixMicros) -> MergeRecord {
        MergeRecord {
            number: self.number,
            month: self.month,
            sources: self.sources.clone(),
            targets: self.targets.iter().map(SegmentRecord::name).collect(),
            rows: self.targets.iter().map(|target| target.rows).sum(),
            decided_at,
        }
    }
}

/// The bytes of a claim, which never change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedClaim {
    /// Its number.
    pub number: u64,
    /// Its JSON.
    pub bytes: Vec<u8>,
}

impl SealedClaim {
    /// Returns the digest by which the next claim, and the head, refer to it.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(&self.bytes)
    }
}

/// Why bytes are not a claim that this version reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// A newer version of the software wrote it.
    #[error("the claim has the format {0}, which this version does not know; a newer version wrote it")]
    Newer(u64),
    /// It is not a claim, or not exactly as it was written.
    #[error("the claim is malformed")]
    Malformed,
}

impl Claim {
    /// Returns its bytes: equal claims have equal bytes.
    pub fn seal(&self) -> SealedClaim {
        SealedClaim { number: self.number, bytes: stored::write(self) }
    }

    /// Reads a claim.
    ///
    /// # Errors
    /// Also if it has a member that this version does not know, or other bytes than [`Claim::seal`] returns.
    pub fn read(bytes: &[u8]) -> Result<Self, ClaimError> {
        stored::read(bytes)
    }
}

/// What the bucket contains at the end of a chain, as a head counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainEnd {
    /// Whether the claim exists whose number the head gives to the next decision.
    pub has_next: bool,
    /// The SHA-256 of the claim before that number; `None` if it does not exist.
    pub newest: Option<Sha256>,
}

/// Why a ledger is not the one of its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LedgerRefusal {
    /// The bucket has claims of the org, and the table has no head.
    #[error("the ledger is missing: the archive bucket has claims of the org, and the ledger table has no head")]
    Missing,
    /// The bucket has a claim that the head does not count.
    #[error("the ledger is behind: the archive bucket has a claim that the head does not count")]
    Behind,
    /// The ledger is that of another table or bucket, or its newest claim is not the bucket's.
    #[error("the ledger is foreign: it belongs to another table or bucket, or its newest claim is not the bucket's")]
    Foreign,
}

/// I-10: a head explains the end of the chain in the bucket.
///
/// A claim is put after its decision was committed. So a head that is compared with a chain read *after* it may be
/// refused only because a worker decided in between: then another head is stored, and that one is to be compared.
///
/// # Errors
/// No row may be numbered or deleted, and nothing returned, by a ledger that does not explain the chain.
pub fn explains(head: &Head, home: &Home, chain: ChainEnd) -> Result<(), LedgerRefusal> {
    let is_absent = head.is_absent();
    // A head that counts no claim has decided nothing: whichever ledger decides first states its home.
    if head.claims > 0 && head.home != *home {
        return Err(LedgerRefusal::Foreign);
    }
    match chain.has_next {
        true if is_absent => Err(LedgerRefusal::Missing),
        true => Err(LedgerRefusal::Behind),
        false => match (chain.newest, head.claim) {
            // The newest decision may not be claimed yet, while it is an open one's.
            (None, Some(_)) if head.open.is_some() || head.merge.is_some() => Ok(()),
            (newest, claim) if newest == claim => Ok(()),
            _ => Err(LedgerRefusal::Foreign),
        },
    }
}

#[cfg(test)]
mod tests;
