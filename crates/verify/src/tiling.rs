//! Puts the rows of all files into the order of the tree.
//!
//! Files are merged into larger ones, and for some time both exist. So a row can be in two files. One run of rows is
//! used for each part of the tree, and every further copy is compared with it: a copy that is not compared could contain
//! anything.

use std::ops::Range;

use audit_core::{CompactRange, Seq};

/// Consecutive rows of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// The name of the file.
    pub(crate) file: String,
    /// Their leaves.
    pub(crate) leaves: CompactRange,
}

impl Run {
    fn rows(&self) -> Range<u64> {
        self.leaves.first().0..self.leaves.end().0
    }
}

/// The runs in the order of the tree.
#[derive(Debug, Default)]
pub(crate) struct Tiling {
    /// One run after the other.
    pub(crate) used: Vec<Run>,
    /// The rows below the last one that are in no file.
    pub(crate) gaps: Vec<Range<u64>>,
    /// Further copies that equal the used runs.
    pub(crate) copies: usize,
    /// Runs that overlap others and do not equal them, or that cannot be compared.
    pub(crate) different: Vec<Run>,
}

impl Tiling {
    /// Orders the runs. Of several that begin with the same row, the longest is used.
    pub(crate) fn of(mut runs: Vec<Run>) -> Self {
        runs.sort_by_key(|run| (run.leaves.first(), std::cmp::Reverse(run.leaves.end())));
        let (mut tiling, mut rest, mut end) = (Self::default(), Vec::new(), 0);
        for run in runs {
            let rows = run.rows();
            if rows.start < end {
                rest.push(run);
                continue;
            }
            if rows.start > end {
                tiling.gaps.push(end..rows.start);
            }
            end = rows.end;
            tiling.used.push(run);
        }
        for run in &tiling.used {
            tiling.copies += take_copies(run, &mut rest);
        }
        tiling.different = rest;
        tiling
    }
}

/// Takes the runs out of `rest` that are copies of `run`: alone, or several that follow each other.
fn take_copies(run: &Run, rest: &mut Vec<Run>) -> usize {
    let before = rest.len();
    rest.retain(|other| other.leaves != run.leaves);
    loop {
        let (mut joined, mut parts) = (CompactRange::new(run.leaves.first()), Vec::new());
        while let Some(at) = next_part(rest, joined.end(), run) {
            // The part begins where the others end.
            _ = joined.extend(&rest[at].leaves);
            parts.push(at);
        }
        if parts.is_empty() || joined != run.leaves {
            return before - rest.len();
        }
        parts.into_iter().rev().for_each(|at| drop(rest.remove(at)));
    }
}

/// Returns the place of the longest part of `run` that begins at `first`.
fn next_part(rest: &[Run], first: Seq, run: &Run) -> Option<usize> {
    let is_part = |part: &CompactRange| part.end() <= run.leaves.end() && (1..run.leaves.rows()).contains(&part.rows());
    rest.iter().position(|part| part.leaves.first() == first && is_part(&part.leaves))
}

#[cfg(test)]
mod tests;
