//! The encoding of a request's body: gzip or zstd, as shippers send it, decompressed within the limit of a plain body.

use std::io::{self, Read};

use audit_core::InputErrors;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder;

use crate::Problem;

/// Bytes of the largest window that a zstd stream may make the decoder keep; RFC 9659 allows no larger one over HTTP.
const ZSTD_WINDOW_BYTES: u32 = 8 * 1024 * 1024;

/// An encoding that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// None.
    Identity,
    /// RFC 1952, of any number of members.
    Gzip,
    /// RFC 8878, of any number of frames.
    Zstd,
}

impl Encoding {
    /// The encoding that the header Content-Encoding names.
    ///
    /// # Errors
    /// 415 for another one, and for several.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut found = Self::Identity;
        for (number, value) in headers.get_all(CONTENT_ENCODING).iter().enumerate() {
            let name = String::from_utf8_lossy(value.as_bytes());
            found = match name.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" if number == 0 => Self::Gzip,
                "zstd" if number == 0 => Self::Zstd,
                "" | "identity" if number == 0 => Self::Identity,
                _ => return Err(Problem::unsupported_encoding(&audit_core::invalid::quoted(&name))),
            };
        }
        Ok(found)
    }

    /// Decompresses a body, on a thread that may block.
    ///
    /// # Errors
    /// 413 as soon as more than `limit_bytes` came out, so that a small body that swells costs no more than a plain one;
    /// 400 where the body is not what its header says.
    pub async fn decode(self, body: Bytes, limit_bytes: usize) -> Result<Bytes, Problem> {
        if self == Self::Identity {
            return Ok(body);
        }
        let decoded = tokio::task::spawn_blocking(move || self.read(&body, limit_bytes)).await;
        match decoded.map_err(|error| Problem::internal(&error))? {
            Ok(bytes) if bytes.len() > limit_bytes => Err(Problem::too_large(limit_bytes)),
            Ok(bytes) => Ok(bytes.into()),
            Err(_) => {
                let mut errors = InputErrors::default();
                errors.add(
                    "",
                    format!("an invalid {} stream", self.name()),
                    "one whole stream of the named Content-Encoding",
                );
                Err(Problem::invalid(&errors))
            }
        }
    }

    /// The decompressed bytes, up to one more than `limit_bytes`.
    fn read(self, body: &[u8], limit_bytes: usize) -> io::Result<Vec<u8>> {
        let limit = limit_bytes as u64 + 1;
        let mut bytes = Vec::new();
        match self {
            Self::Identity => _ = body.take(limit).read_to_end(&mut bytes)?,
            Self::Gzip => _ = MultiGzDecoder::new(body).take(limit).read_to_end(&mut bytes)?,
            Self::Zstd => {
                let mut decoder = Decoder::with_buffer(body)?;
                decoder.window_log_max(ZSTD_WINDOW_BYTES.ilog2())?;
                decoder.take(limit).read_to_end(&mut bytes)?;
            }
        }
        Ok(bytes)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn zeros(mut into: impl io::Write, megabytes: usize) {
        (0..megabytes).for_each(|_| into.write_all(&[0; 1024 * 1024]).unwrap());
    }

    #[test]
    fn a_bomb_is_decompressed_no_further_than_one_byte_past_the_limit() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        zeros(&mut gzip, 64);
        let mut zstd = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        zeros(&mut zstd, 64);
        let bombs = [(Encoding::Gzip, gzip.finish().unwrap()), (Encoding::Zstd, zstd.finish().unwrap())];
        for (encoding, bomb) in bombs {
            assert!(bomb.len() < 100_000, "{encoding:?}: {}", bomb.len());
            let read = encoding.read(&bomb, 1_000_000).unwrap();
            assert_eq!(read.len(), 1_000_001, "{encoding:?}");
            assert!(read.capacity() < 4_000_000, "{encoding:?}: {}", read.capacity());
        }
    }

    #[test]
    fn a_zstd_stream_with_a_window_of_8_mib_is_read_and_one_with_16_mib_is_refused() {
        for (log, fits) in [(ZSTD_WINDOW_BYTES.ilog2(), true), (ZSTD_WINDOW_BYTES.ilog2() + 1, false)] {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
            encoder.window_log(log).unwrap();
            encoder.write_all(b"{}").unwrap();
            let stream = encoder.finish().unwrap();
            assert_eq!(Encoding::Zstd.read(&stream, 100).is_ok(), fits, "{log}");
        }
    }
}
