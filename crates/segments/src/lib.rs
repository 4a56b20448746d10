//! Segments: events as Parquet files, and their objects in S3. The only crate that uses parquet, arrow and the S3 SDK.
//!
//! It needs create-only copies that are conditional on the source, strong read-after-write, and checksums from the
//! store. A segment never changes after it is published, so what is read of it can be cached without a limit in time.

mod error;
mod extend_log;
mod format;
pub mod keys;
mod merge;
pub mod prune;
mod read;
mod send;
mod store;

pub use error::SegmentError;
pub use format::checksums::tail_of;
pub use format::file::Encoded;
pub use format::writer::{BatchPlace, SegmentWriter};
pub use merge::{Merger, OpenSource};
pub use read::count::Counting;
pub use read::full::{Described, FullSegment};
pub use read::ids::Ids;
pub use read::row::{FoundRow, LoggedRow};
pub use read::scan::{Expected, ScanStep, SegmentScan};
pub use read::segment::OpenSegment;
pub use store::claims::ClaimPut;
pub use store::objects::Object;
pub use store::{Buckets, SegmentStore, cache};
