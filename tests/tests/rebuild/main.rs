//! A ledger that was lost, or that went back in time, is rebuilt from the chain of claims.

mod all;
mod altered;
mod concurrent;
mod kept_reader;
mod log;
mod merged;
mod missing;
mod newer;
mod rebuilt;
mod restore;
mod rewritten;
mod settled;
