//! What an import has done so far, and how the user sees it: counts, rejected lines, a progress bar.

use std::fs::{self, File};
use std::io::{self, LineWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use audit_core::error::chain;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::batch::Origin;
use super::delivery::Delivered;
use crate::api::ApiError;

/// How many rejected lines are shown without `--rejects`.
const SHOWN: usize = 10;

/// Why an import stopped early.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// An input cannot be read, or not to its end.
    #[error("cannot read {}", .0.display())]
    Input(PathBuf, #[source] io::Error),
    /// The file for rejected lines cannot be written.
    #[error("cannot write {}", .0.display())]
    Rejects(PathBuf, #[source] io::Error),
    /// The file for rejected lines is one of the inputs, or inside one: it would be overwritten and read.
    #[error("{} is an input or inside one, so --rejects cannot overwrite it; choose another file", .0.display())]
    RejectsIsInput(PathBuf),
    /// The system has no thread or runtime left.
    #[error("cannot start the import")]
    Start(#[source] io::Error),
    /// The HTTP client cannot be created, or requests cannot be signed.
    #[error(transparent)]
    Connection(ApiError),
    /// The thread that reads the inputs panicked.
    #[error("the thread that reads the inputs ended unexpectedly")]
    Reader,
    /// The service responded with something that no retry changes.
    #[error("the service responded with {0}")]
    Response(String),
    /// The service could not be reached or was busy at every try.
    #[error("gave up after {tries} {}: {reason}", plural(*tries, "try", "tries"))]
    GaveUp {
        /// How often one request was sent.
        tries: u32,
        /// The result of the last try.
        reason: String,
    },
}

/// What an import has done.
///
/// # Guarantees
///
/// Every event that the service reported as stored is counted, even if the import stopped early.
#[derive(Debug, Default)]
pub struct Report {
    /// Events that this import stored.
    pub created: u64,
    /// Events that had been stored before.
    pub duplicate: u64,
    /// Lines that the import or the service rejected.
    pub rejected: u64,
    /// Events that were sent without a response, and may be stored.
    pub unanswered: u64,
    /// Why the import stopped early.
    pub stopped: Option<ImportError>,
    /// How long the import took.
    pub elapsed: Duration,
    pub(super) rejects: Rejects,
}

impl Report {
    pub(super) fn count(&mut self, delivered: Delivered) {
        self.created += delivered.created;
        self.duplicate += delivered.duplicate;
        self.unanswered += delivered.unanswered;
        delivered.rejected.into_iter().for_each(|reject| self.reject(reject));
        delivered.stopped.into_iter().for_each(|error| self.stop(error));
    }

    pub(super) fn reject(&mut self, reject: Reject) {
        self.rejected += 1;
        if let Err(error) = self.rejects.add(reject) {
            self.stop(error);
        }
    }

    /// Keeps the first reason, because the later ones follow from it.
    pub(super) fn stop(&mut self, error: ImportError) {
        self.stopped.get_or_insert(error);
    }

    /// Returns 0 when every line was accepted, 2 when some were rejected, and 1 when the import stopped early.
    pub fn exit_code(&self) -> u8 {
        match (&self.stopped, self.rejected) {
            (Some(_), _) => 1,
            (None, 0) => 0,
            (None, _) => 2,
        }
    }

    /// Writes the summary line to `out`, and everything that needs attention to `notes`.
    ///
    /// # Errors
    ///
    /// Those of the writers.
    pub fn write(&self, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
        self.write_rejects(notes)?;
        if let Some(error) = &self.stopped {
            writeln!(notes, "audit import: stopped early: {}", printable(&chain(error)))?;
            if self.unanswered > 0 {
                let (count, events) = (self.unanswered, plural(self.unanswered, "event was", "events were"));
                writeln!(notes, "audit import: {count} {events} sent without a response, and may be stored")?;
            }
            writeln!(
                notes,
                "audit import: no other event was stored; running the same command again is safe, \
                 and counts events that are already stored as duplicate"
            )?;
        }
        let seconds = self.elapsed.as_secs_f64();
        let rate = (self.created + self.duplicate) as f64 / seconds.max(0.001);
        writeln!(out, "{} in {seconds:.1} s ({rate:.0} events/s)", self.counts())
    }

    pub(super) fn counts(&self) -> String {
        format!("{} created, {} duplicate, {} rejected", self.created, self.duplicate, self.rejected)
    }

    fn write_rejects(&self, notes: &mut dyn Write) -> io::Result<()> {
        for Reject { origin, reason } in &self.rejects.shown {
            let record = origin.record.map(|record| format!("record {record}: ")).unwrap_or_default();
            writeln!(notes, "{}:{}: {record}{}", printable(&origin.file), origin.line, printable(reason))?;
        }
        let unshown = self.rejected - self.rejects.shown.len() as u64;
        let lines = plural(unshown, "line was", "lines were");
        match &self.rejects.file {
            _ if unshown == 0 => Ok(()),
            Some((path, _)) => {
                writeln!(notes, "audit import: {unshown} {lines} rejected; see {}", path.display())
            }
            None => writeln!(notes, "audit import: {unshown} more {lines} rejected; --rejects FILE lists all of them"),
        }
    }
}

fn plural(count: impl Into<u64>, one: &'static str, many: &'static str) -> &'static str {
    if count.into() == 1 { one } else { many }
}

/// Replaces control characters: a reason quotes a line of the input, which must not control the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// A rejected line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reject {
    pub(super) origin: Origin,
    pub(super) reason: String,
}

/// The rejected lines of one import: all of them in a file, or the first few for the terminal.
///
/// A line of the file is written when it is added, so an import that is killed leaves it.
#[derive(Debug, Default)]
pub(super) struct Rejects {
    shown: Vec<Reject>,
    file: Option<(PathBuf, LineWriter<File>)>,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    reason: &'a str,
}

impl Rejects {
    /// Creates or empties the file at `path`.
    ///
    /// # Errors
    ///
    /// The file cannot be created, or it is one of `inputs` or inside one.
    pub(super) fn open(path: Option<&Path>, inputs: &[PathBuf]) -> Result<Self, ImportError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let is_in = |input: &PathBuf| {
            fs::canonicalize(input).is_ok_and(|input| resolved(path).is_some_and(|path| path.starts_with(input)))
        };
        if inputs.iter().any(is_in) {
            return Err(ImportError::RejectsIsInput(path.to_owned()));
        }
        let file = File::create(path).map_err(|error| ImportError::Rejects(path.to_owned(), error))?;
        Ok(Self { file: Some((path.to_owned(), LineWriter::new(file))), shown: Vec::new() })
    }

    fn add(&mut self, reject: Reject) -> Result<(), ImportError> {
        let Some((path, file)) = &mut self.file else {
            if self.shown.len() < SHOWN {
                self.shown.push(reject);
            }
            return Ok(());
        };
        let Origin { file: input, line, record } = &reject.origin;
        let row = Row { file: input, line: *line, record: *record, reason: &reject.reason };
        let written = serde_json::to_writer(&mut *file, &row).map_err(io::Error::from);
        written.and_then(|()| file.write_all(b"\n")).map_err(|error| ImportError::Rejects(path.clone(), error))
    }
}

/// Where a file is, or would be created.
fn resolved(path: &Path) -> Option<PathBuf> {
    let directory = path.parent().filter(|directory| *directory != Path::new("")).unwrap_or(Path::new("."));
    let existing = fs::canonicalize(path).ok();
    existing.or_else(|| Some(fs::canonicalize(directory).ok()?.join(path.file_name()?)))
}

/// Starts a bar of `total_bytes` of input on standard error, or one without an end. Without a terminal it is not shown.
pub(super) fn progress_bar(total_bytes: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total_bytes, ProgressDrawTarget::stderr());
    let template = match total_bytes {
        Some(_) => "{wide_bar} {bytes}/{total_bytes} {eta} {msg}",
        None => "{spinner} {bytes} {elapsed} {msg}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(report: &Report) -> (String, String) {
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        report.write(&mut out, &mut notes).unwrap();
        (String::from_utf8(out).unwrap(), String::from_utf8(notes).unwrap())
    }

    fn reject(line: u64, reason: &str) -> Reject {
        Reject { origin: Origin { file: "a \"b\"".into(), line, record: None }, reason: reason.to_owned() }
    }

    #[test]
    fn one_line_sums_up() {
        let report = Report { created: 7, duplicate: 1, elapsed: Duration::from_secs(2), ..Report::default() };
        let expected = "7 created, 1 duplicate, 0 rejected in 2.0 s (4 events/s)\n";
        assert_eq!(written(&report), (expected.to_owned(), String::new()));
        assert_eq!(report.exit_code(), 0);
    }

    #[test]
    fn the_first_ten_rejected_lines_are_shown_and_the_rest_counted() {
        let mut report = Report::default();
        let mut in_list = reject(2, "found \u{1b}[2J");
        in_list.origin.record = Some(9);
        report.reject(in_list);
        (3..=12).for_each(|line| report.reject(reject(line, "no")));
        let notes = written(&report).1;
        assert!(notes.starts_with("a \"b\":2: record 9: found \u{fffd}[2J\na \"b\":3: no\n"), "{notes}");
        let rest = "\naudit import: 1 more line was rejected; --rejects FILE lists all of them\n";
        assert!(notes.lines().count() == 11 && notes.ends_with(rest), "{notes}");
        assert_eq!(report.exit_code(), 2);
    }

    #[test]
    fn every_rejected_line_is_in_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rejects.jsonl");
        let mut report = Report { rejects: Rejects::open(Some(&path), &[]).unwrap(), ..Report::default() };
        (1..=12).for_each(|line| report.reject(reject(line, "no\n")));
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 12);
        assert_eq!(text.lines().next(), Some(r#"{"file":"a \"b\"","line":1,"reason":"no\n"}"#));
        assert_eq!(written(&report).1, format!("audit import: 12 lines were rejected; see {}\n", path.display()));
    }

    #[test]
    fn a_stop_reports_what_is_unsure() {
        let stopped = Some(ImportError::Response("HTTP 403: no".to_owned()));
        let report = Report { unanswered: 1, stopped, ..Report::default() };
        let notes = written(&report).1;
        for words in ["early: the service responded with HTTP 403: no\n", " 1 event was sent", "again is safe"] {
            assert!(notes.contains(words), "{notes}");
        }
        assert_eq!(report.exit_code(), 1);
    }

    #[test]
    fn an_input_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.jsonl");
        fs::write(&path, "{}").unwrap();
        let other_name = directory.path().join(".").join("events.jsonl");
        assert!(Rejects::open(Some(&other_name), std::slice::from_ref(&path)).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
        let inputs = [directory.path().to_owned()];
        for inside in [&path, &directory.path().join("new.jsonl")] {
            assert!(Rejects::open(Some(inside), &inputs).is_err());
        }
        assert!(Rejects::open(Some(&directory.path().join("new.jsonl")), &[path]).is_ok());
    }
}
