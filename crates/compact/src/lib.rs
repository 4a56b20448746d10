//! The archive pass: moves an org's hot rows into published segments, and never loses or doubles one.
//!
//! 0. read the head; finish an open batch first
//! 1. read the hot rows, all shards, in position order
//! 2. split off rows that a published segment holds already
//! 3. encode and stage segments                     crash: objects nobody reads, expired by lifecycle
//! 4. commit segments, batch and head at once       <- commit point; crash: the next pass finishes from the ledger
//! 5. copy to the final keys, create-only, compare  <- readers see it; crash: the next pass goes on
//! 6. delete the rows, then close the batch         crash: rows twice, readers drop the copy; the next pass deletes what is left
//!
//! Any number of workers may do this for one org at once: every write of the head is conditional on the version that was
//! read, and whoever loses starts again at 0. Upholds I-2, I-3, I-4, I-5, I-9.

mod batch;
pub mod chunks;
mod deletes;
pub mod error;
mod finish;
mod lag;
mod lease;
pub mod orgs;
mod pass;
pub mod plan;
mod repeats;
pub mod report;
mod rows;
mod stop;
pub mod task;
mod turns;

pub use chunks::{Chunk, Chunker};
pub use error::CompactError;
pub use orgs::Round;
pub use plan::Scope;
pub use report::{OrgOutcome, PassReport};
pub use task::{Done, Task};

use std::sync::Arc;

use audit_core::Clock;
use audit_segments::SegmentStore;
use audit_tables::Tables;

/// Bytes of opened segments that a worker keeps.
pub const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Write units a second that a worker's deletes in one org consume on AWS: each of the org's four shards stays below half of
/// the 1,000 units that a partition takes, with room for the writes that continue meanwhile.
pub const DELETE_UNITS_PER_SECOND: u32 = 2_000;

/// A worker of the archive pass.
#[derive(Clone)]
pub struct Compactor {
    tables: Tables,
    archive: SegmentStore,
    clock: Arc<dyn Clock>,
    delete_units_per_second: Option<u32>,
    worker: Arc<str>,
}

impl Compactor {
    /// A worker whose deletes in one org consume up to `delete_units_per_second` write units a second; `None` as many as the
    /// store takes.
    pub fn new(
        tables: Tables,
        archive: SegmentStore,
        clock: Arc<dyn Clock>,
        delete_units_per_second: Option<u32>,
    ) -> Self {
        let worker = uuid::Uuid::new_v4().to_string().into();
        Self { tables, archive, clock, delete_units_per_second, worker }
    }
}
