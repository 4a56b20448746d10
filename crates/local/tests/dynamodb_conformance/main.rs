//! Tests of the embedded DynamoDB with the AWS SDK client in its default settings.
#![expect(clippy::unwrap_used, reason = "a test stops where its setup fails")]

mod crash;
mod items;
#[path = "../support/killed.rs"]
mod killed;
mod query;
mod rig;
mod transactions;
