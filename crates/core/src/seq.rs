//! Sequence numbers: the numbers of archived rows, and runs of them.

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

/// Rows with consecutive sequence numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeqRun {
    /// The number of the first row.
    pub first: Seq,
    /// The rows.
    pub rows: u64,
}

impl SeqRun {
    /// Returns the number after the last row.
    pub fn end(self) -> Seq {
        self.first.plus(self.rows)
    }

    /// Joins runs that follow each other; they come in ascending order.
    ///
    /// # Examples
    /// ```
    /// use audit_core::{Seq, SeqRun};
    ///
    /// let run = |first, rows| SeqRun { first: Seq(first), rows };
    /// assert_eq!(SeqRun::joined([run(3, 2), run(5, 1), run(9, 1)]), [run(3, 3), run(9, 1)]);
    /// ```
    pub fn joined(runs: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut joined: Vec<Self> = Vec::new();
        for run in runs {
            match joined.last_mut() {
                Some(last) if last.end() == run.first => last.rows += run.rows,
                _ => joined.push(run),
            }
        }
        joined
    }

    /// Returns the stored form of runs, such as `3:2 9:1`.
    pub fn to_text(runs: &[Self]) -> String {
        runs.iter().map(|run| format!("{}:{}", run.first, run.rows)).collect::<Vec<_>>().join(" ")
    }

    /// Reads the stored form; `None` unless the runs have rows, ascend, and none follows the one before it.
    pub fn from_text(text: &str) -> Option<Vec<Self>> {
        let read = |run: &str| {
            let (first, rows) = run.split_once(':')?;
            let (first, rows) = (first.parse::<u64>().ok()?, rows.parse::<u64>().ok()?);
            (rows > 0 && first.checked_add(rows).is_some()).then_some(Self { first: Seq(first), rows })
        };
        let runs = text.split(' ').filter(|run| !run.is_empty()).map(read).collect::<Option<Vec<_>>>()?;
        let ascend = |pair: &[Self]| pair[0].end() < pair[1].first;
        (runs.windows(2).all(ascend) && Self::to_text(&runs) == text).then_some(runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(first: u64, rows: u64) -> SeqRun {
        SeqRun { first: Seq(first), rows }
    }

    #[test]
    fn the_stored_form_of_runs_never_changes_and_is_read_back() {
        for (runs, text) in
            [(vec![], ""), (vec![run(7, 2)], "7:2"), (vec![run(0, 1), run(2, 3), run(9, 1)], "0:1 2:3 9:1")]
        {
            assert_eq!(SeqRun::to_text(&runs), text);
            assert_eq!(SeqRun::from_text(text), Some(runs));
        }
        let edge = format!("{}:1", u64::MAX);
        for text in ["7", "7:0", "7:x", "7:2 9:1", "7:2 8:1", "9:1 7:1", "7:2  10:1", " 7:2", "07:2", "+7:2", &edge] {
            assert_eq!(SeqRun::from_text(text), None, "{text}");
        }
    }
}
