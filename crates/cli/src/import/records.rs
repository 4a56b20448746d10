//! Unwraps lists of records: `{"Records":[…]}`, the form of the files that CloudTrail writes.
//!
//! An input may contain any number of lists, and lines of one record each. A list is unwrapped as it is read: such a
//! file is one line of any length, and only one of its records is in memory.

use std::io::{self, BufRead, Read};

use super::input::{Lines, Piece, Unreadable};

/// The tokens that begin a list; there may be white space between them.
const OPENING: [&[u8]; 4] = [b"{", b"\"Records\"", b":", b"["];
/// A list must have begun within this many bytes: no writer puts so much white space in front.
const OPENING_BYTES: usize = 1_024;

/// Reads an input record by record, with at most `limit` bytes of it in memory.
pub(super) struct Records<R> {
    lines: Lines<Ahead<R>>,
    /// Whether lists are unwrapped; otherwise every line is read as it is.
    has_lists: bool,
    /// In a list, the number of its records that have been read.
    in_list: Option<u64>,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(reader: R, limit: usize, has_lists: bool) -> Self {
        Self { lines: Lines::new(Ahead { seen: Vec::new(), reader }, limit), has_lists, in_list: None }
    }

    /// The line that is read next.
    pub(super) fn line(&self) -> u64 {
        self.lines.ended + 1
    }

    /// Reads the next record, or outside of lists the next line, or returns `None` at the end of the input. Nothing can
    /// be read after an error.
    pub(super) fn read(&mut self) -> io::Result<Option<Piece<'_>>> {
        loop {
            let Some(before) = self.in_list else {
                if self.has_lists && self.opens_list()? {
                    self.in_list = Some(0);
                    continue;
                }
                return self.lines.read();
            };
            let in_list = self.take_while(|byte| byte == b',' || is_blank(byte), false)?;
            if in_list && self.lines.reader.at(0)? == Some(b']') {
                self.in_list = None;
                // Skips the rest of the object that contains the list.
                let mut object = Value { depth: 1, ..Value::default() };
                self.lines.reader.consume(1);
                if self.take_while(|byte| object.takes(byte), false)? || object.is_whole {
                    continue;
                }
                return Ok(Some(self.cut_off(before + 1)));
            }
            let (line, record) = (self.line(), before + 1);
            let mut value = Value::default();
            self.lines.text.clear();
            if !in_list || !self.take_while(|byte| value.takes(byte), true)? {
                self.in_list = None;
                return Ok(Some(self.cut_off(record)));
            }
            self.in_list = Some(record);
            let Lines { text, limit, .. } = &self.lines;
            let text = if text.len() <= *limit { Ok(&text[..]) } else { Err(Unreadable::TooLong) };
            return Ok(Some(Piece { line, record: Some(record), text }));
        }
    }

    fn cut_off(&self, record: u64) -> Piece<'static> {
        Piece { line: self.line(), record: Some(record), text: Err(Unreadable::CutOff) }
    }

    /// Consumes the beginning of a list, if one is next.
    fn opens_list(&mut self) -> io::Result<bool> {
        let (ahead, mut at) = (&mut self.lines.reader, 0);
        for token in OPENING {
            while at < OPENING_BYTES && ahead.at(at)?.is_some_and(is_blank) {
                at += 1;
            }
            for byte in token {
                if ahead.at(at)? != Some(*byte) {
                    return Ok(false);
                }
                at += 1;
            }
        }
        self.lines.ended += newlines(&ahead.seen[..at]);
        ahead.consume(at);
        Ok(true)
    }

    /// Reads the wanted bytes, and keeps those that fit if `is_kept`. Returns false at the end of the input.
    fn take_while(&mut self, mut is_wanted: impl FnMut(u8) -> bool, is_kept: bool) -> io::Result<bool> {
        let Lines { reader, text, limit, ended } = &mut self.lines;
        loop {
            let chunk = reader.fill_buf()?;
            let end = chunk.iter().position(|byte| !is_wanted(*byte));
            let part = &chunk[..end.unwrap_or(chunk.len())];
            if is_kept {
                // One byte more than the limit marks a record that does not fit.
                let room = (*limit + 1).saturating_sub(text.len());
                text.extend_from_slice(&part[..part.len().min(room)]);
            }
            *ended += newlines(part);
            let (used, is_last) = (part.len(), chunk.is_empty());
            reader.consume(used);
            if end.is_some() || is_last {
                return Ok(!is_last);
            }
        }
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// How far one JSON value has been read. Whether it is valid is checked later.
#[derive(Default)]
struct Value {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    is_whole: bool,
}

impl Value {
    /// Returns whether a byte belongs to the value.
    fn takes(&mut self, byte: u8) -> bool {
        if self.is_whole {
            return false;
        }
        if self.in_string {
            self.in_string = self.is_escaped || byte != b'"';
            self.is_escaped = !self.is_escaped && byte == b'\\';
            return true;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth > 0 => {
                self.depth -= 1;
                self.is_whole = self.depth == 0;
            }
            b'}' | b']' | b',' if self.depth == 0 => return false,
            _ if self.depth == 0 && is_blank(byte) => return false,
            _ => {}
        }
        true
    }
}

/// A reader that can look ahead.
struct Ahead<R> {
    seen: Vec<u8>,
    reader: R,
}

impl<R: BufRead> Ahead<R> {
    /// The byte at `index`, counted from the next one, or `None` at the end of the input.
    fn at(&mut self, index: usize) -> io::Result<Option<u8>> {
        while self.seen.len() <= index {
            let Some(byte) = self.reader.fill_buf()?.first() else { return Ok(None) };
            self.seen.push(*byte);
            self.reader.consume(1);
        }
        Ok(Some(self.seen[index]))
    }
}

impl<R: BufRead> Read for Ahead<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?.read(into)?;
        self.consume(bytes);
        Ok(bytes)
    }
}

impl<R: BufRead> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.seen.is_empty() { self.reader.fill_buf() } else { Ok(&self.seen) }
    }

    fn consume(&mut self, bytes: usize) {
        if self.seen.is_empty() {
            self.reader.consume(bytes);
        } else {
            self.seen.drain(..bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    type Seen = (u64, Option<u64>, Result<String, Unreadable>);

    fn all(input: &[u8], limit: usize) -> Vec<Seen> {
        let read = |chunk: usize| {
            let mut records = Records::new(BufReader::with_capacity(chunk, input), limit, true);
            let mut seen = Vec::new();
            while let Some(piece) = records.read().unwrap() {
                let text = piece.text.map(|text| String::from_utf8(text.to_vec()).unwrap());
                seen.push((piece.line, piece.record, text));
            }
            seen
        };
        let seen = read(1 << 16);
        for chunk in 1..9 {
            assert_eq!(read(chunk), seen, "chunks of {chunk}");
        }
        seen
    }

    fn record(line: u64, record: u64, text: &str) -> Seen {
        (line, Some(record), Ok(text.to_owned()))
    }

    fn line(line: u64, text: &str) -> Seen {
        (line, None, Ok(text.to_owned()))
    }

    #[test]
    fn a_list_is_its_records_each_byte_for_byte() {
        let tricky = r#"{"a":"]},{\"\\","b":[{"c":[]},"}"], "n":1.0}"#;
        let seen = all(format!("{{\"Records\":[{tricky},{{}} , 7,\"x,]\",null]}}").as_bytes(), 100);
        let texts = [tricky, "{}", "7", "\"x,]\"", "null"];
        let expected: Vec<_> = (1..).zip(texts).map(|(number, text)| record(1, number, text)).collect();
        assert_eq!(seen, expected);
        assert_eq!(all(br#"{"Records":[]}"#, 100), []);
    }

    #[test]
    fn lists_and_lines_follow_each_other_and_know_their_lines() {
        let input = b"{\"a\":1}\n\n {\n  \"Records\" : [\n    {\n      \"b\": 2\n    },\n    {\"c\": 3}\n  ],\n  \"d\": \"}\"\n}\n{\"e\":4}\r\n{\"Records\":[{\"f\":5}]}{\"Records\":[{\"g\":6}]}\nlast";
        let expected = [
            line(1, "{\"a\":1}"),
            record(5, 1, "{\n      \"b\": 2\n    }"),
            record(8, 2, "{\"c\": 3}"),
            line(11, ""),
            line(12, "{\"e\":4}"),
            record(13, 1, "{\"f\":5}"),
            record(13, 1, "{\"g\":6}"),
            line(13, ""),
            line(14, "last"),
        ];
        let seen = all(input, 100);
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_only_looks_like_a_list_is_a_line() {
        for text in
            [r#"{"Records":{}}"#, r#"{"Record":[]}"#, r#"{"Recordss":[1]}"#, r#"["Records",[1]]"#, "{", r#"{"Records""#]
        {
            assert_eq!(all(text.as_bytes(), 100), [line(1, text)]);
        }
    }

    #[test]
    fn a_list_begins_within_1024_bytes() {
        let opened = |blanks: usize| all(format!("{{{}\"Records\":[7]}}", " ".repeat(blanks)).as_bytes(), 2_000);
        assert_eq!(opened(1_023), [record(1, 1, "7")]);
        assert_eq!(opened(1_024)[0].1, None);
    }

    #[test]
    fn a_list_that_ends_before_its_end_says_so_after_its_whole_records() {
        let whole = r#"{"Records":[{"a":1},{"b":"c"}],"d":{}}"#;
        for end in r#"{"Records":["#.len()..whole.len() {
            let seen = all(&whole.as_bytes()[..end], 100);
            assert_eq!(seen.last().unwrap().2, Err(Unreadable::CutOff), "{end}");
            assert_eq!(seen.len(), 1 + usize::from(end > 19) + usize::from(end > 29), "{end}: {seen:?}");
        }
    }

    #[test]
    fn a_record_of_the_limit_fits_and_a_longer_one_costs_no_other_and_no_memory() {
        let seen = all(br#"{"Records":[{"a":12},{"a":123},{"b":1}]}"#, 8);
        assert_eq!(
            seen,
            [record(1, 1, r#"{"a":12}"#), (1, Some(2), Err(Unreadable::TooLong)), record(1, 3, r#"{"b":1}"#)]
        );

        let giant = io::repeat(b'x').take(64 << 20);
        let input = br#"{"Records":[{"a":""#.chain(giant).chain(&br#""},{"b":1}]}"#[..]);
        let mut records = Records::new(BufReader::new(input), 1000, true);
        assert_eq!(records.read().unwrap().unwrap().text, Err(Unreadable::TooLong));
        assert!(records.lines.text.capacity() < 20_000);
        assert_eq!(records.read().unwrap().unwrap().text, Ok(&br#"{"b":1}"#[..]));
        assert!(records.read().unwrap().is_none());
    }
}
