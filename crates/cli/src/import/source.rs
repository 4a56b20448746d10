//! The files of an import, and their bytes: decompressed, without a byte order mark, and counted.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use walkdir::{DirEntry, WalkDir};

use super::report::ImportError;

/// The name of standard input.
const STDIN: &str = "-";

/// The directory next to its log files where CloudTrail puts digests of them; these contain no records.
const DIGESTS: &str = "CloudTrail-Digest";

/// The first bytes of a gzip file; its name does not matter.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// Some tools write this before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The bytes of a file that are read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// Returns the files of the inputs: those that the user named, and those below the named directories in the order of
/// names.
///
/// A link to a directory is not followed, so every walk ends.
pub(super) fn files(inputs: &[PathBuf]) -> impl Iterator<Item = Result<PathBuf, ImportError>> {
    inputs.iter().flat_map(|input| -> Box<dyn Iterator<Item = _> + '_> {
        // A directory that the user named is followed even if it is a link.
        if is_stdin(input) || !input.is_dir() {
            return Box::new(iter::once(Ok(input.clone())));
        }
        let walk = WalkDir::new(input).min_depth(1).sort_by_file_name().into_iter().filter_entry(is_wanted);
        Box::new(walk.filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => None,
            Ok(entry) => Some(Ok(entry.into_path())),
            Err(error) => {
                let path = error.path().unwrap_or(input).to_owned();
                // The only other errors are loops of links, which are not followed.
                let error = error.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                Some(Err(ImportError::Input(path, error)))
            }
        }))
    })
}

/// Returns the size of all inputs, or `None` if one of them has no size.
///
/// # Errors
///
/// An input that certainly cannot be read, such as a missing file.
pub(super) fn total_bytes(inputs: &[PathBuf]) -> Result<Option<u64>, ImportError> {
    let mut total = Some(0);
    for file in files(inputs) {
        let file = file?;
        if is_stdin(&file) {
            total = None;
            continue;
        }
        let metadata = fs::metadata(&file).map_err(|error| ImportError::Input(file, error))?;
        total = total.filter(|_| metadata.is_file()).map(|bytes| bytes + metadata.len());
    }
    Ok(total)
}

fn is_stdin(input: &Path) -> bool {
    input.as_os_str() == STDIN
}

fn is_wanted(entry: &DirEntry) -> bool {
    let (name, kind) = (entry.file_name(), entry.file_type());
    let is_hidden = name.as_encoded_bytes().starts_with(b".");
    let is_link_to_file = || kind.is_symlink() && entry.path().is_file();
    !is_hidden && name != DIGESTS && (kind.is_dir() || kind.is_file() || is_link_to_file())
}

/// An opened input: decompressed, and without a byte order mark.
pub(super) type Source = Box<dyn BufRead>;

/// The bytes of an input that were read since the count was last taken, before decompression.
pub(super) type ByteCount = Rc<Cell<u64>>;

/// The compressed data of an input is damaged or truncated. A retry would not help, and other inputs can be read.
#[derive(Debug, thiserror::Error)]
#[error("the compressed data is damaged or truncated here, so the rest of the file was not read: {0}")]
pub(super) struct Damaged(io::Error);

/// Opens an input, and reads its beginning.
///
/// # Errors
///
/// Those of opening and reading; see [`damage`].
pub(super) fn open(input: &Path) -> io::Result<(Source, ByteCount)> {
    if is_stdin(input) { decoded(io::stdin().lock()) } else { decoded(File::open(input)?) }
}

fn decoded(bytes: impl Read + 'static) -> io::Result<(Source, ByteCount)> {
    let read = ByteCount::default();
    let counted = Counted { bytes, read: Rc::clone(&read) };
    let (is_compressed, stored) = peeked(BufReader::with_capacity(CHUNK_BYTES, counted), GZIP)?;
    let source = if is_compressed {
        without_mark(BufReader::with_capacity(CHUNK_BYTES, Unpacked(MultiGzDecoder::new(stored))))
    } else {
        without_mark(stored)
    };
    Ok((source?, read))
}

/// Returns the damage of an input, or `None` for any other error.
pub(super) fn damage(error: &io::Error) -> Option<&Damaged> {
    error.get_ref()?.downcast_ref()
}

/// A reader with the bytes that were read ahead put back in front.
type Peeked<R> = Chain<Cursor<Vec<u8>>, R>;

/// Returns whether the bytes begin with `mark`, and a reader of all of them.
fn peeked<R: BufRead>(mut bytes: R, mark: &[u8]) -> io::Result<(bool, Peeked<R>)> {
    let mut beginning = Vec::with_capacity(mark.len());
    // A pipe may return a single byte.
    (&mut bytes).take(mark.len() as u64).read_to_end(&mut beginning)?;
    Ok((beginning == mark, Cursor::new(beginning).chain(bytes)))
}

fn without_mark(bytes: impl BufRead + 'static) -> io::Result<Source> {
    let (has_mark, mut bytes) = peeked(bytes, BYTE_ORDER_MARK)?;
    if has_mark {
        bytes.consume(BYTE_ORDER_MARK.len());
    }
    Ok(Box::new(bytes))
}

/// Distinguishes damage from an input that cannot be read.
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

/// Counts the bytes that are read of an input.
struct Counted<R> {
    bytes: R,
    read: ByteCount,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // Readers of lines need not expect that a signal interrupts a read.
        let bytes = loop {
            match self.bytes.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
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
        decoded(Cursor::new(bytes.to_vec()))?.0.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn gzip_is_decompressed_and_a_mark_dropped_in_any_combination() {
        assert_eq!(text(b"plain").unwrap(), "plain");
        assert_eq!(text(b"\xef\xbb\xbfmarked\xef\xbb\xbf").unwrap(), "marked\u{feff}");
        assert_eq!(text(&gzip(b"\xef\xbb\xbfmarked")).unwrap(), "marked");
        assert_eq!(text(&[gzip(b"one "), gzip(b"two")].concat()).unwrap(), "one two");
        for short in ["", "\u{1f}", "a", "ab"] {
            assert_eq!(text(short.as_bytes()).unwrap(), short);
        }
    }

    #[test]
    fn bytes_are_counted_before_decompression() {
        let packed = gzip(&[b'x'; 1 << 20]);
        let (mut source, count) = decoded(Cursor::new(packed.clone())).unwrap();
        io::copy(&mut source, &mut io::sink()).unwrap();
        assert_eq!((count.take(), count.take()), (packed.len() as u64, 0));
    }

    #[test]
    fn damaged_data_is_not_an_input_that_cannot_be_read() {
        let whole = gzip("text of some length".repeat(100).as_bytes());
        let mut flipped = whole.clone();
        let last = flipped.len() - 1;
        flipped[last] ^= 1;
        for damaged in [&whole[..whole.len() / 2], &flipped, &[GZIP, b"garbage"].concat()] {
            assert!(damage(&text(damaged).unwrap_err()).is_some(), "{damaged:?}");
        }
        assert!(damage(&io::ErrorKind::UnexpectedEof.into()).is_none());
    }

    #[test]
    fn a_directory_is_all_files_below_it_in_the_order_of_names() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for folder in ["b/c", "b/CloudTrail-Digest/us-east-1", "empty", ".hidden"] {
            fs::create_dir_all(path(folder)).unwrap();
        }
        for file in ["b/c/2", "b/1", "a", "z", "b/CloudTrail-Digest/us-east-1/d", ".hidden/h", ".DS_Store"] {
            fs::write(path(file), "").unwrap();
        }
        std::os::unix::fs::symlink(directory.path(), path("b/round")).unwrap();
        std::os::unix::fs::symlink(path("a"), path("b/link")).unwrap();
        let walked = |inputs: &[PathBuf]| files(inputs).map(Result::unwrap).collect::<Vec<_>>();
        let all = ["a", "b/1", "b/c/2", "b/link", "z"].map(path);
        assert_eq!(walked(&[directory.path().to_owned()]), all);
        let named = [path("z"), "-".into(), path("b/round/b/c"), path("missing")];
        assert_eq!(walked(&named), [path("z"), "-".into(), path("b/round/b/c/2"), path("missing")]);
    }

    #[test]
    fn a_missing_input_is_an_error_before_anything_is_sent() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        fs::write(&file, "12345").unwrap();
        assert_eq!(total_bytes(&[file.clone(), file.clone()]).unwrap(), Some(10));
        assert_eq!(total_bytes(&[file, "-".into()]).unwrap(), None);
        assert_eq!(total_bytes(&[directory.path().into()]).unwrap(), Some(5));
        assert!(total_bytes(&[directory.path().join("b")]).is_err());
    }
}
