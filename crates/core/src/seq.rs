//! Sequence numbers: the numbers of archived rows.

use std::fmt;

use serde::Serialize;

/// The number of a row in its org's archive: dense from 0, in commit order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Returns the number that is `rows` higher.
    pub fn plus(self, rows: u64) -> Self {
        Self(self.0 + rows)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
