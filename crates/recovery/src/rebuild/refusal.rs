//! Why a ledger is not rebuilt before an operator has decided.

use audit_core::{ClaimError, OrgId, Seq, Violation};
use audit_segments::SegmentError;

/// The reason why a rebuild stopped before it wrote the ledger. An operator has to decide.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// An object cannot be read.
    #[error("{0}: restore the previous version of this object")]
    Damaged(#[source] SegmentError),
    /// The content of an object does not match its key.
    #[error("the content of {0} does not match its key: restore the previous version of this object")]
    Misnamed(String),
    /// Objects violate an invariant.
    #[error(transparent)]
    Violated(#[from] Violation),
    /// Two objects have the same sequence numbers.
    #[error("{0} and {1} have the same sequence numbers")]
    Overlap(String, String),
    /// Objects are missing.
    #[error(
        "sequence number {from} is missing from the archive, and staging has no single attempt that fills the gap. \
         Rows after the gap that are no longer in the events table: {not_hot}. Objects after the gap: {}",
        stranded.join(", ")
    )]
    Gap {
        /// The first missing number.
        from: Seq,
        /// The objects after it.
        stranded: Vec<String>,
        /// Their rows that the events table does not contain.
        not_hot: usize,
    },
    /// The last segment of a batch that was published is missing.
    #[error(
        "the last segment of batch {batch} is missing, and staging has no single attempt that completes the batch. \
         Rows of its other segments that are no longer in the events table: {not_hot}, so objects were lost. \
         --replace continues without them"
    )]
    Incomplete {
        /// The batch.
        batch: Seq,
        /// Rows of its objects that the events table does not contain.
        not_hot: usize,
    },
    /// The ledger lists what the bucket does not contain.
    #[error(
        "{}ledger and bucket agree only below sequence number {from}. --replace drops the ledger from there on. \
         Rows of that part that are neither hot nor in an object: at least {lost}",
        malformed.iter().map(|item| format!("{item}\n")).collect::<String>()
    )]
    Contradicted {
        /// The first number on which they disagree.
        from: Seq,
        /// Lower bound of the rows that exist nowhere else.
        lost: u64,
        /// The keys of ledger items that cannot be read.
        malformed: Vec<String>,
    },
    /// The newest claim cannot be read.
    #[error("claim {0}, the newest one, cannot be read")]
    Chain(u64, #[source] ClaimError),
    /// The head cannot be read, so a change of it could not be noticed.
    #[error("{0}; delete this item, then run the command again")]
    Head(String),
    /// The org is not registered and has no data.
    #[error("there is no org {0}")]
    Unknown(OrgId),
}
