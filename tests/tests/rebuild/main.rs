//! A ledger that was lost, or that went back in time, is rebuilt from the bucket.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where its setup fails")]

mod kept_reader;
mod newer;
mod rebuilt;
mod restaged;
mod restore;
