//! Reads lines of bounded length.

use std::io::{self, BufRead};

/// The longest line that is read, in bytes without its end.
///
/// Four times the largest event the service takes, so that an event with much white space is still judged by the service.
pub(crate) const LINE_BYTES: usize = 1 << 20;

/// One line or record of an input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// The number of the line, from 1, on which it begins.
    pub(crate) line: u64,
    /// The number of the record, from 1, in a list of records.
    pub(crate) record: Option<u64>,
    /// Its text; that of a line without LF or CRLF.
    pub(crate) text: Result<&'a [u8], Unreadable>,
}

/// Why a piece has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is longer than the limit.
    TooLong,
    /// The input ends within it.
    CutOff,
}

/// Reads an input line by line.
///
/// *Guarantees*: holds at most the limit in memory, whatever the length of a line.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    pub(super) reader: R,
    pub(super) limit: usize,
    /// The lines that have been read to their ends.
    pub(super) ended: u64,
    pub(super) text: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Starts at line 1 of `reader`.
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader, limit, ended: 0, text: Vec::new() }
    }

    /// Reads the next line, `None` at the end of the input.
    ///
    /// *Errors*: what the input answers; nothing can be read after it.
    pub(crate) fn read(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.text.clear();
        let (mut is_empty, mut fits) = (true, true);
        loop {
            let chunk = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
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
    use std::io::{BufReader, Read};

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
    fn a_giant_line_is_not_held() {
        let giant = io::repeat(b'x').take(64 << 20).chain(&b"\nnext\n"[..]);
        let mut lines = Lines::new(BufReader::new(giant), 1000);
        assert_eq!(lines.read().unwrap().unwrap(), Piece { line: 1, record: None, text: Err(Unreadable::TooLong) });
        assert!(lines.text.capacity() < 20_000);
        assert_eq!(lines.read().unwrap().unwrap().text, Ok(&b"next"[..]));
        assert!(lines.read().unwrap().is_none());
    }
}
