//! Why a pass over one org stopped.

use audit_core::{Seq, Violation};
use audit_segments::SegmentError;
use audit_tables::TablesError;

/// Why a pass over one org stopped. Whatever it is, the next pass goes on from what the ledger says.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// A table did not answer, or holds what is no ledger.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The archive did not answer, or holds what the ledger did not record.
    #[error(transparent)]
    Archive(#[from] SegmentError),
    /// The ledger would break a promise, or breaks it.
    #[error(transparent)]
    Invariant(#[from] Violation),
    /// The head names a batch that the ledger does not have.
    #[error("the ledger lacks the open batch {0} or a segment of it")]
    LedgerIncomplete(Seq),
    /// The ledger has an item of a batch that the head does not count.
    #[error("the ledger has an item of a batch at {0}, which its head does not count")]
    LedgerStray(Seq),
    /// The task of an org ended without a result.
    #[error("the pass over an org was cut short")]
    Cut,
}

impl CompactError {
    /// Whether a store asked for fewer requests.
    pub fn is_throttle(&self) -> bool {
        matches!(self, Self::Tables(error) if error.is_throttle())
    }
}
