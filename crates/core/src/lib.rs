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
pub mod fault;
pub mod filter;
pub mod id;
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
