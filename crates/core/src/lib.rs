//! The rules of the audit log: events, ids, filters, cursors, limits, invariants.
//!
//! Pure: no I/O, no async, no clock, no AWS. The other crates move bytes and leave decisions to this one.

pub mod action;
pub mod address;
pub mod capacity;
pub mod catalog;
pub mod claim;
pub mod cursor;
pub mod day_rows;
pub mod details;
pub mod email;
pub mod error;
pub mod event;
pub mod filter;
pub mod flat;
pub mod id;
pub mod id_key;
pub mod invalid;
pub mod invariants;
pub mod json;
pub mod leaf;
pub mod ledger;
pub mod limits;
pub mod log_id;
pub mod merge;
pub mod merged_leaves;
pub mod narrowing;
pub mod new_event;
pub mod order;
pub mod org;
pub mod own_events;
pub mod parameters;
pub mod request;
pub mod search;
pub mod segment;
pub mod segment_counts;
pub mod segment_filters;
pub mod segment_leaves;
pub mod seq;
pub mod session;
pub mod session_token;
pub mod sha256;
pub mod span;
pub mod stats;
pub mod summary;
mod text_type;
pub mod time;
pub mod tree;

pub use action::Action;
pub use catalog::Category;
pub use claim::{
    ChainEnd, Claim, ClaimError, ClaimedBatch, ClaimedMerge, Decision, LedgerRefusal, SealedClaim, explains,
};
pub use cursor::{Cursor, CursorError, QueryDigest};
pub use day_rows::DayRows;
pub use details::Details;
pub use error::ParseError;
pub use event::{Actor, ActorType, Context, Event, EventResult, Target};
pub use filter::{ActionTerm, ActorTerm, Filter, FilterFields, IpTerm};
pub use id::{EventId, SHARDS};
pub use id_key::IdKey;
pub use invalid::{InputError, InputErrors};
pub use invariants::{Invariant, Violation};
pub use leaf::{LeafFields, Salt, Seed};
pub use ledger::{Archived, BatchRecord, Head, Home, OpenBatch, Phase};
pub use log_id::LogId;
pub use merge::{MergePhase, MergeRecord, MergeSource, OpenMerge, Visible};
pub use narrowing::Narrowing;
pub use new_event::NewEvent;
pub use order::Order;
pub use org::{OrgId, OrgProfile, OrgUpdate};
pub use search::Search;
pub use segment::{
    FORMAT, Footer, SegmentName, SegmentRange, SegmentRecord, SegmentRow, Staged, Tail, Totals, WrittenBy,
};
pub use segment_counts::{CountsBuilder, SegmentCounts};
pub use segment_filters::{FilterPart, SegmentFilters};
pub use segment_leaves::SegmentLeaves;
pub use seq::{Seq, SeqRun};
pub use session::{NewSession, Only, RevocableSession, Session, Viewer};
pub use session_token::{SessionId, SessionToken};
pub use sha256::Sha256;
pub use span::Span;
pub use stats::StatsRequest;
pub use summary::{Locale, Summarized};
pub use time::{Clock, Day, Month, TimeError, UnixMicros};
pub use tree::{CompactRange, Frontier};
