//! Checks an org, and rebuilds its ledger from its objects: the second writer of the ledger, beside the archive pass.

pub mod check;
pub mod rebuild;
pub mod staged_only;

pub use check::{CheckError, Checked};
pub use rebuild::{RebuildError, Rebuilt};
pub use staged_only::StagedOnly;
