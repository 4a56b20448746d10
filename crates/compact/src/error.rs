//! Why a pass over one org stopped.

use audit_core::tree::NotAdjacent;
use audit_core::{CheckpointError, ClaimError, LedgerRefusal, Seq, Violation};
use audit_segments::SegmentError;
use audit_tables::TablesError;

pub(crate) type Result<T, E = CompactError> = std::result::Result<T, E>;

/// Why a pass over one org stopped. The next pass continues from the ledger, unless the ledger is refused.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// DynamoDB failed, or an item of the ledger is malformed.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// S3 failed, or an object is not the one that the ledger recorded.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The ledger violates an invariant, or the commit would have violated it.
    #[error(transparent)]
    Invariant(#[from] Violation),
    /// The ledger is not the one of its bucket. An operator has to rebuild it.
    #[error(transparent)]
    Refused(#[from] LedgerRefusal),
    /// Another claim has the number of the ledger's newest one. An operator has to rebuild the ledger.
    #[error("the ledger is forked: another claim has the number {0} of its newest one")]
    Forked(u64),
    /// The newest claim cannot be read, or a newer version wrote it.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The stored checkpoint of the tree cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The rows of a segment do not follow those before them.
    #[error(transparent)]
    NotAdjacent(#[from] NotAdjacent),
    /// The head refers to a batch that is missing from the ledger, or incomplete in it, or to a missing claim.
    #[error("the ledger lacks the open batch {0}, a segment of it, or its claim")]
    LedgerIncomplete(Seq),
    /// The head refers to a merge that is missing from the ledger, or incomplete in it, or to a missing claim.
    #[error("the ledger lacks the open merge {0}, a target of it, or its claim")]
    MergeIncomplete(u64),
    /// The ledger contains an item of a batch that the head does not count.
    #[error("the ledger contains an item of a batch at {0}, which its head does not count")]
    LedgerStray(Seq),
    /// Another worker changed the head, and deleted a segment that this one was reading.
    #[error("another worker changed the head and deleted a segment")]
    Overtaken,
    /// The task of an org ended without a result: it panicked, or the process is ending.
    #[error("the pass over an org ended without a result")]
    Cut,
}

impl CompactError {
    /// Returns whether a store throttled a request.
    pub fn is_throttle(&self) -> bool {
        matches!(self, Self::Tables(error) if error.is_throttle())
    }

    /// Returns whether what is stored, and not a store, prevents a merge.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Segment(error) => !matches!(error, SegmentError::Failed { .. }),
            Self::Invariant(_) | Self::MergeIncomplete(_) => true,
            _ => false,
        }
    }

    /// Returns whether the ledger was refused, so that no pass works on the org before an operator has rebuilt it.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Forked(_))
    }
}
