//! A whole archive: every row of an org, up to the last one that a checkpoint covers.

use std::fmt;
use std::ops::Range;

use audit_core::{Checkpoint, Frontier, OrgId, Sha256, Violation};
use audit_segments::FullSegment;

use crate::tiling::{Run, Tiling};

/// The rows that were read so far.
#[derive(Debug)]
pub struct Archive {
    org_id: OrgId,
    files: usize,
    runs: Vec<Run>,
    findings: Vec<Finding>,
}

/// What contradicts a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A file cannot be read as a segment.
    Unreadable(String),
    /// A row, or a range of rows, of a file is not the one that was written.
    Altered(String, Violation),
    /// Rows are in no file.
    Missing(Range<u64>),
    /// Rows of a file differ from those of another file, or cannot be compared with them.
    Ambiguous(String, Range<u64>),
    /// Rows of a file are both before and after the end of a checkpoint. A service signs only the end of a batch.
    Divided(u64, String),
    /// The rows have another root than the checkpoint states.
    OtherRoot(Sha256),
    /// The older checkpoint is that of another log, or of a longer one.
    NotOlder,
    /// The rows have another root than the older checkpoint states.
    OtherOlderRoot(Sha256),
}

/// The result, which is good if there are no findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The files with rows of the org.
    pub files: usize,
    /// Rows after those that the checkpoint covers; nothing is known of them.
    pub newer: u64,
    /// Further copies that were compared, as they exist while files are merged.
    pub copies: usize,
    /// What contradicts the checkpoint.
    pub findings: Vec<Finding>,
}

impl Archive {
    /// Begins an org without a row.
    pub fn new(org_id: OrgId) -> Self {
        Self { org_id, files: 0, runs: Vec::new(), findings: Vec::new() }
    }

    /// Adds a file. One of another org is ignored.
    pub fn add(&mut self, name: &str, segment: FullSegment) {
        if segment.footer.org_id != self.org_id {
            return;
        }
        self.files += 1;
        self.findings.extend(segment.altered.map(|violation| Finding::Altered(name.to_owned(), violation)));
        self.runs.extend(segment.leaves.into_iter().map(|leaves| Run { file: name.to_owned(), leaves }));
    }

    /// Notes a file that cannot be read as a segment.
    pub fn add_unreadable(&mut self, name: &str) {
        self.findings.push(Finding::Unreadable(name.to_owned()));
    }

    /// Compares all rows with a checkpoint whose signature was verified, and with an older one that was.
    ///
    /// # Guarantees
    /// Without findings, the files contain exactly the events that the checkpoint covers, each as it was written.
    pub fn verify(self, checkpoint: &Checkpoint, older: Option<&Checkpoint>) -> Verified {
        let Self { files, runs, mut findings, .. } = self;
        let (covered, newer): (Vec<_>, Vec<_>) =
            runs.into_iter().partition(|run| run.leaves.first().0 < checkpoint.size);
        let mut tiling = Tiling::of(covered);
        let end = tiling.used.last().map_or(0, |run| run.leaves.end().0);
        if end < checkpoint.size {
            tiling.gaps.push(end..checkpoint.size);
        }
        findings.extend(tiling.gaps.iter().cloned().map(Finding::Missing));
        let rows = |run: &Run| run.leaves.first().0..run.leaves.end().0;
        findings.extend(tiling.different.iter().map(|run| Finding::Ambiguous(run.file.clone(), rows(run))));
        let is_older = |older: &&Checkpoint| older.origin == checkpoint.origin && older.size <= checkpoint.size;
        if older.is_some_and(|older| !is_older(&older)) {
            findings.push(Finding::NotOlder);
        }
        // A root needs all rows before it.
        if tiling.gaps.is_empty() {
            let ends = [(checkpoint, false)].into_iter().chain(older.filter(is_older).map(|older| (older, true)));
            findings.extend(ends.filter_map(|(checkpoint, is_older)| differs(&tiling.used, checkpoint, is_older)));
        }
        let newer = newer.iter().map(|run| run.leaves.end().0).max().map_or(0, |end| end - checkpoint.size);
        Verified { files, newer, copies: tiling.copies, findings }
    }
}

/// Compares the root of the rows with a checkpoint.
fn differs(runs: &[Run], checkpoint: &Checkpoint, is_older: bool) -> Option<Finding> {
    let mut tree = Frontier::default();
    for run in runs.iter().take_while(|run| run.leaves.first().0 < checkpoint.size) {
        if run.leaves.end().0 > checkpoint.size {
            return Some(Finding::Divided(checkpoint.size, run.file.clone()));
        }
        // The runs follow each other.
        _ = tree.extend(&run.leaves);
    }
    let (size, root) = (tree.size(), tree.root());
    let is_same = size == checkpoint.size && root == checkpoint.root;
    (!is_same).then_some(if is_older { Finding::OtherOlderRoot(root) } else { Finding::OtherRoot(root) })
}

/// What was found, in one sentence.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = |f: &mut fmt::Formatter<'_>, rows: &Range<u64>| match rows.end - rows.start {
            1 => write!(f, "event {}", rows.start),
            _ => write!(f, "events {} to {}", rows.start, rows.end - 1),
        };
        match self {
            Self::Unreadable(file) => write!(f, "{file} cannot be read as a segment"),
            Self::Altered(file, violation) => write!(f, "{file} was altered: {}", violation.what),
            Self::Missing(rows) => {
                events(f, rows)?;
                f.write_str(" are missing: no file contains them")
            }
            Self::Ambiguous(file, rows) => {
                events(f, rows)?;
                write!(f, " in {file} differ from another copy, or cannot be compared with one; while the service ")?;
                f.write_str("merges files, run the command again later")
            }
            Self::Divided(size, file) => {
                write!(f, "the checkpoint of {size} events ends inside a batch: {file} has events before and after it")
            }
            Self::OtherRoot(root) => {
                write!(
                    f,
                    "events were altered, exchanged or replaced: they have the root {}, not the one that was signed",
                    root.base64()
                )
            }
            Self::NotOlder => f.write_str("the older checkpoint is that of another log, or has more events"),
            Self::OtherOlderRoot(root) => write!(
                f,
                "the log was rewritten: the first events have the root {}, not the one of the older checkpoint",
                root.base64()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use audit_core::{CompactRange, Seq};

    use super::*;

    fn run(file: &str, rows: Range<u64>, of: u8) -> Run {
        let mut leaves = CompactRange::new(Seq(rows.start));
        rows.for_each(|row| leaves.push(Sha256::of_parts([[of].as_slice(), &row.to_be_bytes()])));
        Run { file: file.to_owned(), leaves }
    }

    fn checkpoint(size: u64) -> Checkpoint {
        let mut tree = Frontier::default();
        _ = tree.extend(&run("", 0..size, 0).leaves);
        Checkpoint { origin: "example.com/log/ab".to_owned(), size, root: tree.root() }
    }

    fn verify(runs: &[Run], size: u64, older: Option<&Checkpoint>) -> Verified {
        let archive = Archive { runs: runs.to_vec(), files: runs.len(), ..Archive::new("acme".parse().unwrap()) };
        archive.verify(&checkpoint(size), older)
    }

    #[test]
    fn an_archive_of_the_signed_events_has_no_findings_and_newer_rows_are_counted() {
        let runs = [run("a", 0..5, 0), run("b", 5..9, 0), run("c", 9..12, 1)];
        for older in [0, 5, 9].map(checkpoint) {
            let found = verify(&runs, 9, Some(&older));
            assert_eq!(found, Verified { files: 3, newer: 3, copies: 0, findings: vec![] }, "{}", older.size);
        }
        assert_eq!(verify(&[], 0, None).findings, []);
    }

    #[test]
    fn missing_altered_and_doubled_rows_are_found() {
        let runs = [run("a", 0..5, 0), run("b", 5..9, 0)];
        assert_eq!(verify(&runs[1..], 9, None).findings, [Finding::Missing(0..5)]);
        assert_eq!(verify(&runs[..1], 9, None).findings, [Finding::Missing(5..9)]);
        assert_eq!(verify(&[], 9, None).findings, [Finding::Missing(0..9)]);
        assert!(matches!(
            verify(&[run("a", 0..5, 0), run("b", 5..9, 1)], 9, None).findings[..],
            [Finding::OtherRoot(_)]
        ));
        let doubled = [&runs[..], &[run("d", 5..9, 1)]].concat();
        assert_eq!(verify(&doubled, 9, None).findings, [Finding::Ambiguous("d".to_owned(), 5..9)]);
        assert_eq!(verify(&runs, 7, None).findings, [Finding::Divided(7, "b".to_owned())]);
    }

    #[test]
    fn a_log_that_was_rewritten_after_the_older_checkpoint_is_found() {
        let runs = [run("a", 0..5, 0), run("b", 5..9, 0)];
        let find = |older: Checkpoint| verify(&runs, 9, Some(&older)).findings;
        assert!(matches!(
            find(Checkpoint { root: checkpoint(4).root, ..checkpoint(5) })[..],
            [Finding::OtherOlderRoot(_)]
        ));
        assert_eq!(find(Checkpoint { origin: "other".to_owned(), ..checkpoint(5) }), [Finding::NotOlder]);
        assert_eq!(find(checkpoint(10)), [Finding::NotOlder]);
        assert_eq!(find(checkpoint(3)), [Finding::Divided(3, "a".to_owned())]);
    }
}
