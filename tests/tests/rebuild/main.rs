//! A ledger that was lost, or that went back in time, is rebuilt from the bucket.

mod altered;
mod kept_reader;
mod newer;
mod rebuilt;
mod restaged;
mod restore;
mod rewritten;
