//! The rules of the audit log: events, ids, filters, cursors, limits, invariants.
//!
//! Pure: no I/O, no async, no clock, no AWS. The other crates move bytes and leave decisions to this one.

pub mod action;
pub mod address;
pub mod capacity;
pub mod catalog;
pub mod cursor;
pub mod details;
pub mod email;
pub mod error;
pub mod event;
pub mod filter;
pub mod flat;
pub mod id;
pub mod invalid;
pub mod invariants;
pub mod json;
pub mod ledger;
pub mod limits;
pub mod narrowing;
pub mod new_event;
pub mod order;
pub mod org;
pub mod parameters;
pub mod request;
pub mod search;
pub mod segment;
pub mod seq;
pub mod sha256;
pub mod span;
pub mod summary;
mod text_type;
pub mod time;

pub use action::Action;
pub use catalog::Category;
pub use cursor::{Cursor, CursorError, QueryDigest};
pub use details::Details;
pub use error::ParseError;
pub use event::{Actor, ActorType, Context, Event, EventResult, Target};
pub use filter::{ActionTerm, ActorTerm, Filter, FilterFields, IpTerm};
pub use id::{EventId, SHARDS};
pub use invalid::{InputError, InputErrors};
pub use invariants::{Invariant, Violation};
pub use ledger::{BatchRecord, Head, OpenBatch, Phase};
pub use narrowing::Narrowing;
pub use new_event::NewEvent;
pub use order::Order;
pub use org::{OrgId, OrgProfile, OrgUpdate};
pub use search::Search;
pub use segment::{BatchTotals, FORMAT, Footer, SegmentName, SegmentRecord, SegmentRow, Staged, Tail};
pub use seq::Seq;
pub use sha256::Sha256;
pub use span::Span;
pub use summary::{Locale, Summarized};
pub use time::{Clock, Day, Month, TimeError, UnixMicros};
