//! Reads the inputs on a thread of its own, and hands over batches.
//!
//! The channel is bounded, so that reading waits for sending and memory holds a few batches whatever the inputs' size.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::batch::{Batch, Item, LIMITS, Packer, Place};
use super::lines::{LINE_BYTES, Lines};
use super::rejects::Refusal;
use super::stop::Stop;
use super::{Format, cloudtrail, event};

/// The name of standard input.
const STDIN: &str = "-";
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
    for file in files {
        if is_stdin(file) {
            total = None;
            continue;
        }
        let metadata = fs::metadata(file).map_err(Stop::input(file))?;
        if metadata.is_dir() {
            return Err(Stop::Input(file.clone(), io::ErrorKind::IsADirectory.into()));
        }
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

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == STDIN
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
        for file in files {
            let name = file.display().to_string();
            let outcome = if is_stdin(file) {
                self.read_input(&name, io::stdin().lock())?
            } else {
                match File::open(file) {
                    Ok(opened) => self.read_input(&name, BufReader::with_capacity(1 << 16, opened))?,
                    Err(error) => Err(error),
                }
            };
            if let Err(error) = outcome {
                self.flush()?;
                return self.give(Read::Failed(Stop::Input(file.clone(), error)));
            }
        }
        self.flush()?;
        self.give(Read::End)
    }

    fn read_input(&mut self, name: &str, input: impl BufRead) -> Result<io::Result<()>, Closed> {
        let file: Arc<str> = name.into();
        let mut lines = Lines::new(input, LINE_BYTES);
        loop {
            let line = match lines.read() {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            };
            let place = Place { file: Arc::clone(&file), line: line.number };
            match json(line.text, self.format) {
                Some(Ok(json)) => {
                    if let Some(batch) = self.packer.push(Item { place, json }, line.source_bytes) {
                        give(&self.sender, Read::Batch(batch))?;
                    }
                }
                Some(Err(reason)) => give(&self.sender, Read::Refused(Refusal { place, reason }, line.source_bytes))?,
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

fn give(sender: &Sender<Read>, read: Read) -> Result<(), Closed> {
    sender.blocking_send(read).map_err(|_| Closed)
}

/// The JSON of the event in a line, `None` for a blank line.
fn json(line: Option<&[u8]>, format: Format) -> Option<Result<String, String>> {
    let Some(line) = line else {
        return Some(Err(format!("longer than {LINE_BYTES} bytes")));
    };
    let Ok(text) = std::str::from_utf8(line) else {
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
        let of = |line| json(line, Format::Events);
        assert_eq!(of(Some(b" \t")), None);
        assert_eq!(of(Some(b"{\"a\":\"\xff\"}")), Some(Err("not UTF-8".to_owned())));
        assert_eq!(of(None), Some(Err("longer than 1048576 bytes".to_owned())));
    }

    #[test]
    fn an_input_that_is_not_there_is_told_before_anything_is_sent() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        fs::write(&file, "12345").unwrap();
        assert_eq!(total_bytes(&[file.clone(), file.clone()]).unwrap(), Some(10));
        assert_eq!(total_bytes(&[file, STDIN.into()]).unwrap(), None);
        assert!(total_bytes(&[directory.path().into()]).is_err());
        assert!(total_bytes(&[directory.path().join("b")]).is_err());
    }
}
