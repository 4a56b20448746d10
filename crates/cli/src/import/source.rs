//! The bytes of one input: unpacked where they are compressed, without a byte order mark, and counted.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use super::files::is_stdin;

/// What a file of gzip begins with, whatever its name.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// What some tools put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How much of a file is read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// An opened input.
pub(super) struct Source(Box<dyn BufRead>);

/// How much of an input has been read.
pub(super) struct Progress {
    read: Rc<Cell<u64>>,
    reported: u64,
}

/// The compressed data of an input is damaged or cut off. Another try would not help, and other inputs can be read.
#[derive(Debug, thiserror::Error)]
#[error("the compressed data is damaged or cut off here, and the rest was not read: {0}")]
pub(super) struct Damaged(io::Error);

impl Source {
    /// Opens an input, and looks at its beginning.
    ///
    /// *Errors*: it cannot be opened or read; [`Damaged`] inside of the error.
    pub(super) fn open(input: &Path) -> io::Result<(Self, Progress)> {
        if is_stdin(input) { Self::of(io::stdin().lock()) } else { Self::of(File::open(input)?) }
    }

    pub(super) fn of(bytes: impl Read + 'static) -> io::Result<(Self, Progress)> {
        let read = Rc::new(Cell::new(0));
        let counted = Counted { bytes, read: Rc::clone(&read) };
        let (is_compressed, stored) = peeked(BufReader::with_capacity(CHUNK_BYTES, counted), GZIP)?;
        let source = if is_compressed {
            without_mark(BufReader::with_capacity(CHUNK_BYTES, Unpacked(MultiGzDecoder::new(stored))))
        } else {
            without_mark(stored)
        };
        Ok((source?, Progress { read, reported: 0 }))
    }
}

impl Progress {
    /// The bytes that were read since this was asked last, as they are stored.
    pub(super) fn newly_read(&mut self) -> u64 {
        let read = self.read.get();
        read - std::mem::replace(&mut self.reported, read)
    }
}

/// What is wrong with an input whose other bytes, and whose neighbours, are as good as before.
pub(super) fn damage(error: &io::Error) -> Option<&Damaged> {
    error.get_ref()?.downcast_ref()
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.0.consume(bytes);
    }
}

/// A source with the bytes that were read ahead put back in front.
type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// Whether bytes begin with `mark`, and the bytes from their beginning on.
fn peeked<R: BufRead>(mut bytes: R, mark: &[u8]) -> io::Result<(bool, Peeked<R>)> {
    let mut beginning = Vec::with_capacity(mark.len());
    // A pipe may hand over a single byte.
    (&mut bytes).take(mark.len() as u64).read_to_end(&mut beginning)?;
    Ok((beginning == mark, Cursor::new(beginning).chain(bytes)))
}

fn without_mark(bytes: impl BufRead + 'static) -> io::Result<Source> {
    let (has_mark, mut bytes) = peeked(bytes, BYTE_ORDER_MARK)?;
    if has_mark {
        bytes.consume(BYTE_ORDER_MARK.len());
    }
    Ok(Source(Box::new(bytes)))
}

/// Tells damage from an input that cannot be read.
struct Unpacked<R>(R);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        self.0.read(into).map_err(|error| match error.kind() {
            InvalidData | InvalidInput | UnexpectedEof => io::Error::other(Damaged(error)),
            _ => error,
        })
    }
}

/// Counts what is read of an input.
struct Counted<R> {
    bytes: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.bytes.read(into)?;
        self.read.set(self.read.get() + bytes as u64);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn text(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        Source::of(Cursor::new(bytes.to_vec()))?.0.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn gzip_is_unpacked_and_a_mark_dropped_in_any_combination() {
        assert_eq!(text(b"plain").unwrap(), "plain");
        assert_eq!(text(b"\xef\xbb\xbfmarked\xef\xbb\xbf").unwrap(), "marked\u{feff}");
        assert_eq!(text(&gzip(b"\xef\xbb\xbfmarked")).unwrap(), "marked");
        assert_eq!(text(&[gzip(b"one "), gzip(b"two")].concat()).unwrap(), "one two");
        for short in ["", "\u{1f}", "a", "ab"] {
            assert_eq!(text(short.as_bytes()).unwrap(), short);
        }
    }

    #[test]
    fn what_is_read_is_counted_as_it_is_stored() {
        let packed = gzip(&[b'x'; 1 << 20]);
        let (mut source, mut progress) = Source::of(Cursor::new(packed.clone())).unwrap();
        io::copy(&mut source, &mut io::sink()).unwrap();
        assert_eq!((progress.newly_read(), progress.newly_read()), (packed.len() as u64, 0));
    }

    #[test]
    fn damaged_data_is_told_from_an_input_that_cannot_be_read() {
        let whole = gzip("text of some length".repeat(100).as_bytes());
        let mut flipped = whole.clone();
        let last = flipped.len() - 1;
        flipped[last] ^= 1;
        for damaged in [&whole[..whole.len() / 2], &flipped, &[GZIP, b"garbage"].concat()] {
            assert!(damage(&text(damaged).unwrap_err()).is_some(), "{damaged:?}");
        }
        assert!(damage(&io::ErrorKind::UnexpectedEof.into()).is_none());
    }
}
