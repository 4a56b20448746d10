//! Checksums of a body: computed while it is received, compared with those that the client sent.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_checksums::ChecksumAlgorithm;
use aws_smithy_checksums::http::{CHECKSUM_ALGORITHMS_IN_PRIORITY_ORDER as ALGORITHMS, HttpChecksum};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::crypto::{Checksum as _, Md5};
use s3s::{S3Result, s3_error};

/// S3's own default.
pub(super) const DEFAULT: &str = "crc64nvme";

/// Checksums in Base64, by the lower-case name of their algorithm, such as `sha256`.
pub(super) type Checksums = BTreeMap<String, String>;

fn header(algorithm: &str) -> String {
    format!("x-amz-checksum-{algorithm}")
}

/// The algorithm that a request names.
pub(super) fn algorithm(name: &str) -> Option<&'static str> {
    ALGORITHMS.into_iter().find(|algorithm| algorithm.eq_ignore_ascii_case(name))
}

/// The checksums that a client sent, in headers or in trailers.
pub(super) fn sent(headers: &HeaderMap) -> Checksums {
    let read = |algorithm: &str| {
        let value = headers.get(header(algorithm))?.to_str().ok()?;
        Some((algorithm.to_owned(), value.to_owned()))
    };
    ALGORITHMS.into_iter().filter_map(read).collect()
}

/// The algorithms of a request: those it sends, announces in a trailer or names; otherwise S3's default.
pub(super) fn wanted(headers: &HeaderMap) -> BTreeSet<&'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let trailers = text("x-amz-trailer").unwrap_or_default();
    let named = text("x-amz-sdk-checksum-algorithm").or_else(|| text("x-amz-checksum-algorithm"));
    let is_wanted = |algorithm: &&'static str| {
        let header = header(algorithm);
        headers.contains_key(&header)
            || trailers.split(',').any(|trailer| trailer.trim() == header)
            || named.is_some_and(|named| named.eq_ignore_ascii_case(algorithm))
    };
    let mut wanted: BTreeSet<_> = ALGORITHMS.into_iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        wanted.insert(DEFAULT);
    }
    wanted
}

/// Response headers with the checksums of a whole object.
pub(super) fn headers(checksums: &Checksums) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (algorithm, value) in checksums {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(header(algorithm)), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    if !headers.is_empty() {
        headers.insert("x-amz-checksum-type", HeaderValue::from_static("FULL_OBJECT"));
    }
    headers
}

/// Computes all digests of one body in one pass.
pub(super) struct Hashing {
    md5: Md5,
    checksums: Vec<(&'static str, Box<dyn HttpChecksum>)>,
}

/// The result of [`Hashing`].
#[derive(Debug)]
pub(super) struct Digests {
    pub(super) md5: [u8; 16],
    pub(super) checksums: Checksums,
}

impl Hashing {
    pub(super) fn of(wanted: impl IntoIterator<Item = &'static str>) -> Self {
        let hasher = |name: &'static str| Some((name, name.parse::<ChecksumAlgorithm>().ok()?.into_impl()));
        Self { md5: Md5::new(), checksums: wanted.into_iter().filter_map(hasher).collect() }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        for (_, checksum) in &mut self.checksums {
            checksum.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Digests {
        let encode = |checksum: Box<dyn HttpChecksum>| BASE64_STANDARD.encode(checksum.finalize());
        let checksums = self.checksums.into_iter().map(|(name, checksum)| (name.to_owned(), encode(checksum)));
        Digests { md5: self.md5.finalize(), checksums: checksums.collect() }
    }
}

impl Digests {
    /// # Errors
    /// `BadDigest` if a digest differs from the one that the client sent.
    pub(super) fn check(&self, sent: &Checksums, content_md5: Option<&str>) -> S3Result<()> {
        if let Some(sent) = content_md5 {
            let bytes = BASE64_STANDARD
                .decode(sent)
                .map_err(|error| s3_error!(error, InvalidDigest, "The Content-MD5 is not valid"))?;
            if bytes != self.md5 {
                return Err(s3_error!(BadDigest, "The Content-MD5 does not match the received body"));
            }
        }
        for (algorithm, sent) in sent {
            if self.checksums.get(algorithm) != Some(sent) {
                return Err(s3_error!(BadDigest, "The {algorithm} checksum does not match the received body"));
            }
        }
        Ok(())
    }
}
