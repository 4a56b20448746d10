//! The chain of claims: a ledger that is lost, older, copied, foreign or forked is refused by readers and workers before
//! a row is numbered or deleted, or an answer lacks an event.

mod copies;
mod decisions;
mod explore;
mod fence;
mod foreign;
mod ledger;
mod merge_fence;
mod merge_readers;
mod merges;
mod readers;
mod void;
