//! Checks an org, and rebuilds its ledger from its claims. Only the archive pass writes the ledger otherwise.

mod chain;
pub mod check;
mod difference;
mod log;
pub mod rebuild;
mod replay;
pub mod staged_only;

pub use check::{CheckError, Checked};
pub use rebuild::{RebuildError, Rebuilder, Rebuilt, Refusal};
pub use staged_only::StagedOnly;
