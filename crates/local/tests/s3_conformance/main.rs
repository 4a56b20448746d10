//! Tests of the embedded S3 with the AWS SDK client in its default settings.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops where its setup fails")]

mod copy;
mod crash;
mod delete;
mod keys;
#[path = "../support/killed.rs"]
mod killed;
mod list;
mod put;
mod read;
mod rig;
mod start_stop;
