//! Verifies an archive, or one event, against a signed checkpoint: what an auditor runs, without the service.
//!
//! It links the formats and none of the functions, and reads neither a table nor a claim. What it trusts is the verifier
//! key, and the earlier checkpoint that the auditor kept.

mod archive;
mod event;
mod files;
mod tiling;

pub use archive::{Archive, Finding, Verified};
pub use event::{EventError, event};
pub use files::{Files, ReadError, tile};
