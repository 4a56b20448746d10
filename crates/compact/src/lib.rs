//! The archive pass: moves an org's hot rows from DynamoDB into published segments on S3.
//!
//! [`protocol`] is the order in which one batch is archived, [`merge`] the order in which segments are merged, and both
//! say what each crash leaves. A *pass* archives the batches and makes a merge of one org, a *round* gives many orgs their turns, and a [`Task`] is one call of the Lambda function.

mod archived_ids;
mod batch;
mod checkpoint;
mod claims;
mod deadline;
mod error;
mod hot_rows;
mod lease;
pub mod merge;
mod merge_plan;
mod merge_turn;
mod pass;
mod plan;
pub mod protocol;
mod report;
mod round;
mod signer;
mod tasks;

pub use claims::UnfinishedBatch;
pub use error::CompactError;
pub use report::{OrgOutcome, PassReport};
pub use round::Round;
pub use signer::{LogSettings, SignError, Signer};
pub use tasks::{Chunk, Done, Task};

use std::sync::Arc;

use audit_core::Clock;
use audit_segments::SegmentStore;
use audit_tables::Tables;

/// Bytes of opened segments that a worker caches.
pub const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Write units a second that a worker's deletes in one org consume on AWS: each of the org's four shards stays below
/// half of the 1,000 units that a partition takes, with room for the writes that continue meanwhile.
pub const DELETE_UNITS_PER_SECOND: u32 = 2_000;

/// A worker of the archive pass.
#[derive(Clone)]
pub struct Compactor {
    tables: Tables,
    archive: SegmentStore,
    clock: Arc<dyn Clock>,
    delete_units_per_second: Option<u32>,
    worker: Arc<str>,
    signer: Option<Signer>,
}

impl Compactor {
    /// A worker whose deletes in one org consume up to `delete_units_per_second` write units a second; `None` means as
    /// many as the store accepts.
    pub fn new(
        tables: Tables,
        archive: SegmentStore,
        clock: Arc<dyn Clock>,
        delete_units_per_second: Option<u32>,
    ) -> Self {
        let worker = uuid::Uuid::new_v4().to_string().into();
        Self { tables, archive, clock, delete_units_per_second, worker, signer: None }
    }

    /// Returns a worker that also signs the tree of each org at the end of a pass.
    pub fn signing(self, signer: Signer) -> Self {
        Self { signer: Some(signer), ..self }
    }
}
