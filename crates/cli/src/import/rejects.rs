//! Keeps the lines that were refused: all of them in a file, or the first few for the terminal.

use std::fs::{self, File};
use std::io::{self, LineWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::batch::Place;
use super::stop::Stop;

/// The refusals that are told without a file.
const SHOWN: usize = 10;

/// A line that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The line.
    pub(crate) place: Place,
    /// Why.
    pub(crate) reason: String,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    reason: &'a str,
}

/// The refused lines of one import.
///
/// *Guarantees*: a line of the file is written when it is added, so that an import that is killed leaves them.
#[derive(Debug, Default)]
pub(crate) struct Rejects {
    shown: Vec<Refusal>,
    file: Option<(PathBuf, LineWriter<File>)>,
}

impl Rejects {
    /// Starts without refusals; `path` is created anew, before anything is sent.
    ///
    /// *Errors*: the file cannot be created, or is one of `inputs` or in a folder of them: it would be emptied and read.
    pub(crate) fn open(path: Option<&Path>, inputs: &[PathBuf]) -> Result<Self, Stop> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let is_below =
            |place: &Path, input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| place.starts_with(input));
        if place(path).is_some_and(|place| inputs.iter().any(|input| is_below(&place, input))) {
            return Err(Stop::RejectsIsInput(path.to_owned()));
        }
        let file = File::create(path).map_err(Stop::rejects(path))?;
        Ok(Self { file: Some((path.to_owned(), LineWriter::new(file))), shown: Vec::new() })
    }

    /// Keeps a refusal.
    ///
    /// *Errors*: the file cannot be written.
    pub(crate) fn add(&mut self, refusal: Refusal) -> Result<(), Stop> {
        let Some((path, file)) = &mut self.file else {
            if self.shown.len() < SHOWN {
                self.shown.push(refusal);
            }
            return Ok(());
        };
        let Place { file: input, line, record } = &refusal.place;
        let row = Row { file: input, line: *line, record: *record, reason: &refusal.reason };
        write(file, &row).map_err(Stop::rejects(path))
    }

    /// The refusals to show.
    pub(crate) fn into_shown(self) -> Vec<Refusal> {
        self.shown
    }
}

/// Where a file is, or would be created.
fn place(path: &Path) -> Option<PathBuf> {
    let existing = || fs::canonicalize(path).ok();
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    existing().or_else(|| Some(fs::canonicalize(folder).ok()?.join(path.file_name()?)))
}

fn write(file: &mut LineWriter<File>, row: &Row<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *file, row)?;
    file.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: u64) -> Refusal {
        Refusal { place: Place { file: "a \"b\"".into(), line, record: None }, reason: "no\n".to_owned() }
    }

    #[test]
    fn every_refusal_goes_to_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rejects.jsonl");
        let mut rejects = Rejects::open(Some(&path), &[]).unwrap();
        for line in 1..=12 {
            rejects.add(refusal(line)).unwrap();
        }
        assert!(rejects.into_shown().is_empty());
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 12);
        assert_eq!(text.lines().next(), Some(r#"{"file":"a \"b\"","line":1,"reason":"no\n"}"#));
    }

    #[test]
    fn without_a_file_the_first_ten_are_kept() {
        let mut rejects = Rejects::open(None, &[]).unwrap();
        for line in 1..=12 {
            rejects.add(refusal(line)).unwrap();
        }
        assert_eq!(rejects.into_shown().len(), 10);
    }

    #[test]
    fn an_input_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.jsonl");
        fs::write(&path, "{}").unwrap();
        let other_name = directory.path().join(".").join("events.jsonl");
        assert!(Rejects::open(Some(&other_name), std::slice::from_ref(&path)).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
        let folder = [directory.path().to_owned()];
        for below in [&path, &directory.path().join("new.jsonl")] {
            assert!(Rejects::open(Some(below), &folder).is_err());
        }
        assert!(Rejects::open(Some(&directory.path().join("new.jsonl")), &[path]).is_ok());
    }
}
