//! What a run did, in numbers.

use std::cell::Cell;

/// A number that grows.
#[derive(Debug, Default)]
pub(crate) struct Count(Cell<u64>);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.set(self.0.get() + more);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }
}

/// What a run did.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) kills: Count,
    pub(crate) restarts: Count,
    /// Events, each counted once regardless of how often it was sent.
    pub(crate) acknowledged: Count,
    /// Requests sent again because no response arrived.
    pub(crate) repeated: Count,
    pub(crate) pages: Count,
    pub(crate) scans: Count,
    /// Scans that ended in another process than they began in.
    pub(crate) scans_across: Count,
    /// Batches that a pass found open, and finished.
    pub(crate) recovered: Count,
    pub(crate) batches: Count,
    pub(crate) segments: Count,
}

impl Figures {
    /// One line.
    pub(crate) fn line(&self, seconds: u64, lost: usize, doubled: usize) -> String {
        format!(
            "{seconds} s, {} kills, {} restarts, {} events acknowledged, {} requests repeated, {} pages walked, {} scans \
             completed, {} of them across a restart, {} batches of which a pass found {} open, {} segments, lost {lost}, \
             doubled {doubled}",
            self.kills.get(),
            self.restarts.get(),
            self.acknowledged.get(),
            self.repeated.get(),
            self.pages.get(),
            self.scans.get(),
            self.scans_across.get(),
            self.batches.get(),
            self.recovered.get(),
            self.segments.get(),
        )
    }
}
