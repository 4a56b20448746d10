//! One org sees nothing of another, and no caller sees anything without an identity that API Gateway has verified.

mod callers;
#[path = "../bad_input/cases.rs"]
mod cases;
mod cursors;
mod files;
mod gateway;
mod hidden_positions;
mod ids;
mod mapped;
mod names;
mod raw_paths;
mod raw_queries;
mod revocations;
mod routes;
mod rows;
mod unknown_orgs;
mod viewers;
mod viewers_bounds;
mod viewers_reads;
