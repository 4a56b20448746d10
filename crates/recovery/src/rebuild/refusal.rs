//! Why a ledger is not rebuilt before an operator has decided.

use audit_core::{OrgId, Violation};

/// The reason why a rebuild stopped. An operator has to decide.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The claims in the bucket are not one chain that this version reads.
    #[error("{0}; claims are never changed or deleted: bring the former version of the object back")]
    Chain(Violation),
    /// The claims are not those that were signed.
    #[error("{0}; neither claims nor checkpoints are ever changed: bring the former versions of the objects back")]
    Signed(Violation),
    /// The newest claims are missing.
    #[error(
        "the ledger counts {counted} claims, and the archive bucket has {found}: bring the newest claims back. If the \
         ledger is that of another bucket, correct the names, or delete the org's items from the ledger table"
    )]
    Truncated {
        /// The claims in the bucket.
        found: u64,
        /// The claims that the ledger counts.
        counted: u64,
    },
    /// The head cannot be read, so a change of it could not be noticed.
    #[error("{0}; delete this item, then run the command again")]
    Head(String),
    /// The org is not registered and has no data.
    #[error("there is no org {0}")]
    Unknown(OrgId),
}
