//! Checks an org, and rebuilds its ledger from its objects. Only the archive pass writes the ledger otherwise.

pub mod check;
pub mod rebuild;
pub mod staged_only;

pub use check::{CheckError, Checked};
pub use rebuild::{RebuildError, Rebuilt};
pub use staged_only::StagedOnly;
