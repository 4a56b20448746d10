//! Reads the inputs on a thread of its own, and hands over batches.
//!
//! The channel is bounded, so that reading waits for sending and memory holds a few batches whatever the inputs' size.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::batch::{Batch, Item, LIMITS, Packer, Place};
use super::files::{Files, is_stdin};
use super::lines::{LINE_BYTES, Lines, Piece, Unreadable};
use super::records::Records;
use super::rejects::Refusal;
use super::source::{Source, damage};
use super::stop::Stop;
use super::{Format, cloudtrail, event};

/// What waits between reading and sending.
const WAITING: usize = 2;

/// What the reader hands over.
#[derive(Debug)]
pub(crate) enum Read {
    /// Events to send.
    Batch(Batch),
    /// A line that cannot be sent, and the bytes it took in the input.
    Refused(Refusal, u64),
    /// Nothing more can be read, for this reason.
    Failed(Stop),
    /// Everything has been read. Without this last word the reader has died.
    End,
}

/// The bytes of all inputs, `None` where one of them cannot tell.
///
/// *Errors*: an input that is certain not to be readable, before anything is sent.
pub(crate) fn total_bytes(files: &[PathBuf]) -> Result<Option<u64>, Stop> {
    let mut total = Some(0);
    for file in Files::of(files) {
        let file = file?;
        if is_stdin(&file) {
            total = None;
            continue;
        }
        let metadata = fs::metadata(&file).map_err(Stop::input(&file))?;
        total = total.filter(|_| metadata.is_file()).map(|bytes| bytes + metadata.len());
    }
    Ok(total)
}

/// Starts to read.
///
/// *Errors*: the system has no thread to give.
pub(crate) fn spawn(files: Vec<PathBuf>, format: Format) -> Result<Receiver<Read>, Stop> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let read = move || {
        let mut reader = Reader { format, packer: Packer::new(LIMITS), sender };
        // A receiver that is gone has stopped the import and needs no more.
        let _ = reader.read(&files);
    };
    thread::Builder::new().name("reader".to_owned()).spawn(read).map_err(Stop::Start)?;
    Ok(receiver)
}

/// Nobody takes what is read any more.
struct Closed;

struct Reader {
    format: Format,
    packer: Packer,
    sender: Sender<Read>,
}

impl Reader {
    fn read(&mut self, files: &[PathBuf]) -> Result<(), Closed> {
        for file in Files::of(files) {
            let outcome = match &file {
                Ok(file) => self.read_input(file)?.map_err(Stop::input(file)),
                Err(_) => Ok(()),
            };
            if let Err(stop) = file.map(drop).and(outcome) {
                self.flush()?;
                return self.give(Read::Failed(stop));
            }
        }
        self.flush()?;
        self.give(Read::End)
    }

    /// Reads an input to its end. What is damaged is refused, and costs the rest of this input.
    fn read_input(&mut self, file: &Path) -> Result<io::Result<()>, Closed> {
        let name: Arc<str> = file.display().to_string().into();
        let mut at = 1;
        let error = match self.read_pieces(file, &name, &mut at)? {
            Ok(()) => return Ok(Ok(())),
            Err(error) => error,
        };
        let Some(damage) = damage(&error) else { return Ok(Err(error)) };
        let place = Place { file: name, line: at, record: None };
        self.give(Read::Refused(Refusal { place, reason: damage.to_string() }, 0))?;
        Ok(Ok(()))
    }

    fn read_pieces(&mut self, file: &Path, name: &Arc<str>, at: &mut u64) -> Result<io::Result<()>, Closed> {
        let (source, mut progress) = match Source::open(file) {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        let mut pieces = Pieces::of(source, self.format);
        loop {
            *at = pieces.line();
            let piece = match pieces.read() {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            };
            let place = Place { file: Arc::clone(name), line: piece.line, record: piece.record };
            let bytes = progress.newly_read();
            match json(piece.text, self.format) {
                Some(Ok(json)) => {
                    if let Some(batch) = self.packer.push(Item { place, json }, bytes) {
                        give(&self.sender, Read::Batch(batch))?;
                    }
                }
                Some(Err(reason)) => give(&self.sender, Read::Refused(Refusal { place, reason }, bytes))?,
                None => {}
            }
        }
    }

    fn flush(&mut self) -> Result<(), Closed> {
        self.packer.take().map_or(Ok(()), |batch| self.give(Read::Batch(batch)))
    }

    fn give(&self, read: Read) -> Result<(), Closed> {
        give(&self.sender, read)
    }
}

/// The parts of an input that may become events.
enum Pieces {
    Lines(Lines<Source>),
    Records(Records<Source>),
}

impl Pieces {
    fn of(source: Source, format: Format) -> Self {
        match format {
            Format::Events => Self::Lines(Lines::new(source, LINE_BYTES)),
            Format::Cloudtrail => Self::Records(Records::new(source, LINE_BYTES)),
        }
    }

    /// The line that is read next.
    fn line(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.ended + 1,
            Self::Records(records) => records.line(),
        }
    }

    fn read(&mut self) -> io::Result<Option<Piece<'_>>> {
        match self {
            Self::Lines(lines) => lines.read(),
            Self::Records(records) => records.read(),
        }
    }
}

fn give(sender: &Sender<Read>, read: Read) -> Result<(), Closed> {
    sender.blocking_send(read).map_err(|_| Closed)
}

/// The JSON of the event in a line or record, `None` for a blank line.
fn json(text: Result<&[u8], Unreadable>, format: Format) -> Option<Result<String, String>> {
    let bytes = match text {
        Ok(bytes) => bytes,
        Err(Unreadable::TooLong) => return Some(Err(format!("longer than {LINE_BYTES} bytes"))),
        Err(Unreadable::CutOff) => return Some(Err("the input ends within its list of records".to_owned())),
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(Err("not UTF-8".to_owned()));
    };
    if text.trim().is_empty() {
        return None;
    }
    Some(match format {
        Format::Events => event::keyed(text),
        Format::Cloudtrail => cloudtrail::mapped(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_are_no_events_and_bad_bytes_are_refused() {
        let of = |text| json(text, Format::Events);
        assert_eq!(of(Ok(b" \t")), None);
        assert_eq!(of(Ok(b"{\"a\":\"\xff\"}")), Some(Err("not UTF-8".to_owned())));
        assert_eq!(of(Err(Unreadable::TooLong)), Some(Err("longer than 1048576 bytes".to_owned())));
    }

    #[test]
    fn an_input_that_is_not_there_is_told_before_anything_is_sent() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        fs::write(&file, "12345").unwrap();
        assert_eq!(total_bytes(&[file.clone(), file.clone()]).unwrap(), Some(10));
        assert_eq!(total_bytes(&[file, "-".into()]).unwrap(), None);
        assert_eq!(total_bytes(&[directory.path().into()]).unwrap(), Some(5));
        assert!(total_bytes(&[directory.path().join("b")]).is_err());
    }
}
