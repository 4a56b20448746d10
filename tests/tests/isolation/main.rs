//! One org sees nothing of another, and nobody sees anything without an identity that API Gateway has verified.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops where its setup fails")]

mod callers;
mod cursors;
mod files;
mod gateway;
mod ids;
mod names;
mod routes;
mod rows;
mod unknown_orgs;
