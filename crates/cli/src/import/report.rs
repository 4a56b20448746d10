//! Tells what an import has done.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use audit_core::error::chain;

use super::rejects::Refusal;
use super::stop::Stop;

/// What an import has done.
///
/// *Guarantees*: every line that the service said it stored is counted, also where the import could not go on.
#[derive(Debug, Default)]
pub struct Report {
    /// Events that this import stored.
    pub created: u64,
    /// Events that had been stored before.
    pub duplicate: u64,
    /// Lines that were refused, here or by the service.
    pub refused: u64,
    /// Events that were sent, and may be stored, but had no answer.
    pub unanswered: u64,
    /// Why the import could not go on.
    pub stopped: Option<Stop>,
    /// How long it took.
    pub elapsed: Duration,
    pub(crate) shown: Vec<Refusal>,
    pub(crate) rejects: Option<PathBuf>,
}

impl Report {
    /// The exit code: 0 where every line was accepted, 2 where some were refused, 1 where the import could not go on.
    pub fn exit_code(&self) -> u8 {
        match (&self.stopped, self.refused) {
            (Some(_), _) => 1,
            (None, 0) => 0,
            (None, _) => 2,
        }
    }

    /// Writes the summary line to `out`, and what needs a person's attention to `notes`.
    ///
    /// *Errors*: what the writers answer.
    pub fn write(&self, out: &mut dyn Write, notes: &mut dyn Write) -> io::Result<()> {
        self.write_refusals(notes)?;
        if let Some(stop) = &self.stopped {
            writeln!(notes, "audit: could not go on: {}", printable(&chain(stop)))?;
            if self.unanswered > 0 {
                writeln!(
                    notes,
                    "audit: {} more events were sent, and may be stored, but had no answer",
                    self.unanswered
                )?;
            }
            let again = "running the same command again is safe: what is stored already comes back as duplicate";
            writeln!(notes, "audit: no other line was stored; {again}")?;
        }
        let seconds = self.elapsed.as_secs_f64();
        let rate = (self.created + self.duplicate) as f64 / seconds.max(0.001);
        writeln!(out, "{} in {seconds:.1} s ({rate:.0} events/s)", self.counts())
    }

    /// The counts in words.
    pub(crate) fn counts(&self) -> String {
        format!("{} created, {} duplicate, {} refused", self.created, self.duplicate, self.refused)
    }

    fn write_refusals(&self, notes: &mut dyn Write) -> io::Result<()> {
        for Refusal { place, reason } in &self.shown {
            let record = place.record.map(|record| format!("record {record}: ")).unwrap_or_default();
            writeln!(notes, "{}:{}: {record}{}", printable(&place.file), place.line, printable(reason))?;
        }
        match &self.rejects {
            Some(path) if self.refused > 0 => writeln!(notes, "audit: refused lines: see {}", path.display()),
            None if self.refused > self.shown.len() as u64 => {
                let more = self.refused - self.shown.len() as u64;
                writeln!(notes, "audit: and {more} more refused lines; --rejects FILE lists all of them")
            }
            _ => Ok(()),
        }
    }
}

impl From<&Report> for ExitCode {
    fn from(report: &Report) -> Self {
        Self::from(report.exit_code())
    }
}

/// A text without control characters: a reason quotes what a line held, which must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::batch::Place;

    fn written(report: &Report) -> (String, String) {
        let (mut out, mut notes) = (Vec::new(), Vec::new());
        report.write(&mut out, &mut notes).unwrap();
        (String::from_utf8(out).unwrap(), String::from_utf8(notes).unwrap())
    }

    #[test]
    fn one_line_sums_up() {
        let report = Report { created: 7, duplicate: 1, elapsed: Duration::from_secs(2), ..Report::default() };
        let expected = "7 created, 1 duplicate, 0 refused in 2.0 s (4 events/s)\n";
        assert_eq!(written(&report), (expected.to_owned(), String::new()));
        assert_eq!(report.exit_code(), 0);
    }

    #[test]
    fn refused_lines_are_shown_with_a_hint_at_the_rest() {
        let place = Place { file: "f".into(), line: 3, record: None };
        let in_list = Place { record: Some(9), ..place.clone() };
        let reason = "found \u{1b}[2J".to_owned();
        let shown = vec![Refusal { place, reason: reason.clone() }, Refusal { place: in_list, reason }];
        let report = Report { refused: 5, shown, ..Report::default() };
        let notes = written(&report).1;
        assert_eq!(
            notes,
            "f:3: found \u{fffd}[2J\nf:3: record 9: found \u{fffd}[2J\naudit: and 3 more refused lines; --rejects FILE lists all of them\n"
        );
        assert_eq!(report.exit_code(), 2);
    }

    #[test]
    fn an_end_before_time_tells_what_is_unsure() {
        let stopped = Some(Stop::Answer("HTTP 403: no".to_owned()));
        let report = Report { refused: 1, unanswered: 9, stopped, ..Report::default() };
        let notes = written(&report).1;
        for words in ["could not go on: HTTP 403: no", "9 more events were sent", "again is safe"] {
            assert!(notes.contains(words), "{notes}");
        }
        assert_eq!(report.exit_code(), 1);
    }
}
