//! Every request of a batch of events, of a viewer session, of an archive pass, of a merge, of a walk over pages and of a
//! rebuild of a ledger fails once, in every way.
//!
//! The tables are made from the requests themselves: a run is repeated with its first request faulty, then its second,
//! until a run ends without meeting its fault. So a new request is covered without editing a list.

mod column;
mod deadline;
mod id_keys;
mod in_flight;
mod ingest;
mod log;
mod merge;
mod named;
mod orgs;
mod pages;
mod pass;
mod rebuild;
mod scene;
mod viewers;
