//! Reads the inputs on a thread of its own, and hands over batches.
//!
//! The channel is bounded, so reading waits for sending and memory contains a few batches, regardless of the size of
//! the inputs.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use audit_core::limits::{EVENT_BYTES, REQUEST_BYTES, REQUEST_EVENTS};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::batch::{Batch, Item, Origin, Packer};
use super::records::Records;
use super::report::{ImportError, Reject};
use super::source;
use super::{Format, cloudtrail, event};

/// How many batches wait between reading and sending.
const WAITING: usize = 2;

/// The longest line that is read, in bytes without its end.
///
/// Four times the largest event, so that the service still judges an event with much white space.
const LINE_BYTES: usize = 4 * EVENT_BYTES;

/// What the reader hands over.
#[derive(Debug)]
pub(super) enum Message {
    Batch(Batch),
    /// A line that cannot be sent, and its bytes of input.
    Reject(Reject, u64),
    /// The end of all inputs, or why they cannot be read to the end. If the channel closes without it, the reader
    /// thread panicked.
    End(Result<(), ImportError>),
}

/// Starts to read.
///
/// # Errors
///
/// The system has no thread left.
pub(super) fn spawn(files: Vec<PathBuf>, format: Format) -> Result<Receiver<Message>, ImportError> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let read = move || {
        let mut reader = Reader { format, packer: Packer::new(REQUEST_EVENTS, REQUEST_BYTES), sender };
        let end = reader.read(&files);
        // A closed channel means that the import stopped and needs no more.
        if let Some(batch) = reader.packer.take() {
            let _ = reader.send(Message::Batch(batch));
        }
        let _ = reader.send(Message::End(end));
    };
    thread::Builder::new().name("reader".to_owned()).spawn(read).map_err(ImportError::Start)?;
    Ok(receiver)
}

struct Reader {
    format: Format,
    packer: Packer,
    sender: Sender<Message>,
}

impl Reader {
    fn read(&mut self, inputs: &[PathBuf]) -> Result<(), ImportError> {
        for file in source::files(inputs) {
            let file = file?;
            self.read_input(&file).map_err(|error| ImportError::Input(file, error))?;
        }
        Ok(())
    }

    /// Reads an input to its end. Damaged compression is rejected, and costs only the rest of this input.
    fn read_input(&mut self, file: &Path) -> io::Result<()> {
        let name: Arc<str> = file.display().to_string().into();
        let mut line = 1;
        let Err(error) = self.read_pieces(file, &name, &mut line) else { return Ok(()) };
        let Some(damage) = source::damage(&error) else { return Err(error) };
        let origin = Origin { file: name, line, record: None };
        self.send(Message::Reject(Reject { origin, reason: damage.to_string() }, 0))
    }

    fn read_pieces(&mut self, file: &Path, name: &Arc<str>, line: &mut u64) -> io::Result<()> {
        let (source, read) = source::open(file)?;
        let mut pieces = Records::new(source, LINE_BYTES, self.format == Format::Cloudtrail);
        loop {
            *line = pieces.line();
            let Some(piece) = pieces.read()? else { return Ok(()) };
            let origin = Origin { file: Arc::clone(name), line: piece.line, record: piece.record };
            let bytes = read.take();
            let message = match json(piece.text, self.format) {
                Some(Ok(json)) => self.packer.push(Item { origin, json }, bytes).map(Message::Batch),
                Some(Err(reason)) => Some(Message::Reject(Reject { origin, reason }, bytes)),
                None => None,
            };
            message.map_or(Ok(()), |message| self.send(message))?;
        }
    }

    /// # Errors
    ///
    /// The receiver was dropped, so reading can end like at any other error.
    fn send(&self, message: Message) -> io::Result<()> {
        self.sender.blocking_send(message).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// The JSON of the event in a line or record, or why there is none. A blank line is `None`.
fn json(text: Result<&[u8], Unreadable>, format: Format) -> Option<Result<String, String>> {
    let text = text.map_err(|error| error.to_string());
    let text = text.and_then(|bytes| std::str::from_utf8(bytes).map_err(|_| "not valid UTF-8".to_owned()));
    match text {
        Ok(text) if text.trim().is_empty() => None,
        text => Some(text.and_then(|text| match format {
            Format::Events => event::keyed(text),
            Format::Cloudtrail => cloudtrail::event(text),
        })),
    }
}

/// One line or record of an input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The number of the line, from 1, on which the piece begins.
    pub(super) line: u64,
    /// The number of the record, from 1, in a list of records.
    pub(super) record: Option<u64>,
    /// The text; that of a line without LF or CRLF.
    pub(super) text: Result<&'a [u8], Unreadable>,
}

/// Why a piece has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("longer than {LINE_BYTES} bytes")]
    TooLong,
    #[error("the input ends in the middle of its list of records")]
    CutOff,
}

/// Reads an input line by line, with at most `limit` bytes of it in memory.
#[derive(Debug)]
pub(super) struct Lines<R> {
    pub(super) reader: R,
    pub(super) limit: usize,
    /// The lines that have been read to their ends.
    pub(super) ended: u64,
    pub(super) text: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Self { reader, limit, ended: 0, text: Vec::new() }
    }

    /// Reads the next line, or returns `None` at the end of the input. Nothing can be read after an error.
    pub(super) fn read(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.text.clear();
        let (mut is_empty, mut fits) = (true, true);
        loop {
            let chunk = self.reader.fill_buf()?;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            // One byte more than the limit: it may be the CR of a CRLF.
            fits = fits && self.text.len() + part.len() <= self.limit + 1;
            if fits {
                self.text.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            is_empty &= used == 0;
            if end.is_some() || used == 0 {
                break;
            }
        }
        if is_empty {
            return Ok(None);
        }
        self.ended += 1;
        let text = self.text.strip_suffix(b"\r").unwrap_or(&self.text);
        let text = if fits && text.len() <= self.limit { Ok(text) } else { Err(Unreadable::TooLong) };
        Ok(Some(Piece { line: self.ended, record: None, text }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read as _};

    use super::*;

    fn all(input: &[u8], limit: usize) -> Vec<(u64, Option<String>)> {
        let mut lines = Lines::new(BufReader::with_capacity(3, input), limit);
        let mut seen = Vec::new();
        while let Some(line) = lines.read().unwrap() {
            seen.push((line.line, line.text.ok().map(|text| String::from_utf8(text.to_vec()).unwrap())));
        }
        seen
    }

    #[test]
    fn lines_end_with_lf_crlf_or_the_input() {
        let some = |text: &str| Some(text.to_owned());
        let seen = all(b"one\ntwo\r\n\n\r\nfive\r", 10);
        assert_eq!(seen, [(1, some("one")), (2, some("two")), (3, some("")), (4, some("")), (5, some("five"))]);
        assert!(all(b"", 10).is_empty());
    }

    #[test]
    fn a_line_of_the_limit_fits_and_one_byte_more_does_not() {
        let seen = all(b"1234\n1234\r\n12345\n123456789\r\n1", 4);
        let fits: Vec<_> = seen.iter().map(|(_, text)| text.is_some()).collect();
        assert_eq!(fits, [true, true, false, false, true]);
    }

    #[test]
    fn a_giant_line_is_not_kept_in_memory() {
        let giant = io::repeat(b'x').take(64 << 20).chain(&b"\nnext\n"[..]);
        let mut lines = Lines::new(BufReader::new(giant), 1000);
        assert_eq!(lines.read().unwrap().unwrap(), Piece { line: 1, record: None, text: Err(Unreadable::TooLong) });
        assert!(lines.text.capacity() < 20_000);
        assert_eq!(lines.read().unwrap().unwrap().text, Ok(&b"next"[..]));
        assert!(lines.read().unwrap().is_none());
    }

    #[test]
    fn blank_lines_are_skipped_and_bad_bytes_rejected() {
        let of = |text| json(text, Format::Events);
        assert_eq!(of(Ok(b" \t")), None);
        assert_eq!(of(Ok(b"{\"a\":\"\xff\"}")), Some(Err("not valid UTF-8".to_owned())));
        assert_eq!(of(Err(Unreadable::TooLong)), Some(Err("longer than 1048576 bytes".to_owned())));
    }
}
