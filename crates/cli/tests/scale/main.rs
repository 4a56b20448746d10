//! The peak memory of the process that archives and responds, its embedded stores included, does not depend on how much
//! there is to archive.
//!
//! One process is loaded and ended; another archives what waits, so that its peak is that of the pass.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where its setup fails, and prints its figures"
)]

mod large_events;
mod load;
mod many_rows;
mod process;
