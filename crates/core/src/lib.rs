//! The words and rules of the audit log: events, ids, filters, cursors, limits, invariants.
//!
//! Pure: no I/O, no async, no clock, no AWS. Everything that decides lives here or takes its decision from here;
//! the crates above move bytes.

pub mod action;
pub mod address;
pub mod catalog;
pub mod cursor;
pub mod details;
pub mod email;
pub mod error;
pub mod event;
pub mod filter;
pub mod id;
pub mod invalid;
pub mod invariants;
pub mod json;
pub mod ledger;
pub mod limits;
pub mod new_event;
pub mod org;
pub mod request;
pub mod room;
pub mod search;
pub mod segment;
pub mod span;
pub mod time;

pub use action::Action;
pub use catalog::Category;
pub use cursor::{Cursor, CursorError, QueryDigest};
pub use details::Details;
pub use event::{Actor, ActorType, Context, Event, EventResult, Target};
pub use filter::{ActionTerm, ActorTerm, Filter, FilterFields};
pub use id::{EventId, SHARDS};
pub use invalid::{InputError, InputErrors};
pub use invariants::Violation;
pub use ledger::{BatchRecord, Head, OpenBatch, Phase, SegmentName, Seq};
pub use new_event::NewEvent;
pub use org::{InvalidOrgId, OrgId, OrgProfile, OrgUpdate};
pub use search::Search;
pub use segment::{BatchTotals, FORMAT, Footer, SegmentRecord, SegmentRow, Tail};
pub use span::{Order, Span};
pub use time::{Clock, Day, Month, TimeError, UnixMicros};
