//! Reads lines of bounded length.

use std::io::{self, BufRead};

/// The longest line that is read, in bytes without its end.
///
/// Four times the largest event the service takes, so that an event with much white space is still judged by the service.
pub(crate) const LINE_BYTES: usize = 1 << 20;

/// One line of an input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// The bytes it took in the input, with its end.
    pub(crate) source_bytes: u64,
    /// Its text without LF or CRLF; `None` where it is longer than the limit.
    pub(crate) text: Option<&'a [u8]>,
}

/// Reads an input line by line.
///
/// *Guarantees*: holds at most the limit in memory, whatever the length of a line.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    limit: usize,
    number: u64,
    text: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Starts at line 1 of `reader`.
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader, limit, number: 0, text: Vec::new() }
    }

    /// Reads the next line, `None` at the end of the input.
    ///
    /// *Errors*: what the input answers; nothing can be read after it.
    pub(crate) fn read(&mut self) -> io::Result<Option<Line<'_>>> {
        self.text.clear();
        let (mut source_bytes, mut fits) = (0, true);
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
            source_bytes += used as u64;
            if end.is_some() || used == 0 {
                break;
            }
        }
        if source_bytes == 0 {
            return Ok(None);
        }
        self.number += 1;
        let text = self.text.strip_suffix(b"\r").unwrap_or(&self.text);
        let text = (fits && text.len() <= self.limit).then_some(text);
        Ok(Some(Line { number: self.number, source_bytes, text }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::*;

    fn all(input: &[u8], limit: usize) -> Vec<(u64, u64, Option<String>)> {
        let mut lines = Lines::new(BufReader::with_capacity(3, input), limit);
        let mut seen = Vec::new();
        while let Some(line) = lines.read().unwrap() {
            let text = line.text.map(|text| String::from_utf8(text.to_vec()).unwrap());
            seen.push((line.number, line.source_bytes, text));
        }
        seen
    }

    #[test]
    fn lines_end_with_lf_crlf_or_the_input() {
        let some = |text: &str| Some(text.to_owned());
        let seen = all(b"one\ntwo\r\n\n\r\nfive\r", 10);
        assert_eq!(
            seen,
            [(1, 4, some("one")), (2, 5, some("two")), (3, 1, some("")), (4, 2, some("")), (5, 5, some("five"))]
        );
        assert!(all(b"", 10).is_empty());
    }

    #[test]
    fn a_line_of_the_limit_fits_and_one_byte_more_does_not() {
        let seen = all(b"1234\n1234\r\n12345\n123456789\r\n1", 4);
        let fits: Vec<_> = seen.iter().map(|(_, _, text)| text.is_some()).collect();
        assert_eq!(fits, [true, true, false, false, true]);
    }

    #[test]
    fn a_giant_line_is_not_held() {
        let giant = io::repeat(b'x').take(64 << 20).chain(&b"\nnext\n"[..]);
        let mut lines = Lines::new(BufReader::new(giant), 1000);
        assert_eq!(lines.read().unwrap().unwrap(), Line { number: 1, source_bytes: (64 << 20) + 1, text: None });
        assert!(lines.text.capacity() < 20_000);
        assert_eq!(lines.read().unwrap().unwrap().text, Some(&b"next"[..]));
        assert!(lines.read().unwrap().is_none());
    }
}
