//! Why a ledger is not rebuilt before a person has decided.

use audit_core::{OrgId, Seq, Violation};
use audit_segments::SegmentError;

/// What a person has to decide. The ledger was not written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// An object cannot be read.
    #[error("{0}: bring its former version back")]
    Damaged(#[source] SegmentError),
    /// An object is not what its key says.
    #[error("{0} does not hold what its key says: bring its former version back")]
    Misnamed(String),
    /// Objects break a promise.
    #[error(transparent)]
    Broken(#[from] Violation),
    /// Two objects claim one sequence number.
    #[error("{0} and {1} claim the same sequence numbers")]
    Overlap(String, String),
    /// Objects are missing.
    #[error(
        "no object has the sequence number {from}, and no attempt that fits is staged, or several; {not_hot} rows of those behind it are not hot: {}",
        stranded.join(", ")
    )]
    Gap {
        /// The first number that is missing.
        from: Seq,
        /// The objects behind it.
        stranded: Vec<String>,
        /// Their rows that the events table does not hold.
        not_hot: usize,
    },
    /// A batch lacks its end, and was published once.
    #[error(
        "batch {batch} has no last segment, and no attempt that fits is staged, or several; {not_hot} rows of its others are not hot: objects are missing; --replace does without them"
    )]
    Incomplete {
        /// The batch.
        batch: Seq,
        /// Rows of its objects that the events table does not hold.
        not_hot: usize,
    },
    /// The ledger says what the bucket does not.
    #[error(
        "{}ledger and bucket agree below {from} only; --replace drops what the ledger says from there on; at least {lost} rows of that are neither hot nor in an object",
        malformed.iter().map(|item| format!("{item}\n")).collect::<String>()
    )]
    Contradicted {
        /// The first number that they do not agree on.
        from: Seq,
        /// Rows that are nowhere else, at least.
        lost: u64,
        /// Items of the ledger that cannot be read, by their keys.
        malformed: Vec<String>,
    },
    /// The head cannot be read, so nobody can tell whether it changed.
    #[error("{0}; delete this item, then run the command again")]
    Head(String),
    /// Nobody told the service of that org, and nothing of it is there.
    #[error("there is no org {0}")]
    Unknown(OrgId),
}
