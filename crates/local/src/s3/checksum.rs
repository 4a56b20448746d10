//! Digests of a body: computed while it passes, compared with what the client promised.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

/// The checksums that S3 keeps with an object when asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// The name in `x-amz-checksum-algorithm`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Reads a name as it stands in a request.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name() == name)
    }
}

/// Base64 digests by algorithm.
pub(super) type Checksums = BTreeMap<Algorithm, String>;

/// The checksums a client sent, in headers or in trailers.
pub(super) fn promised(headers: &HeaderMap) -> Checksums {
    let read = |algorithm: Algorithm| {
        let value = headers.get(algorithm.header())?.to_str().ok()?;
        Some((algorithm, value.to_owned()))
    };
    Algorithm::ALL.into_iter().filter_map(read).collect()
}

/// The algorithms a request needs: those it sends, announces in a trailer or names; else S3's own default.
pub(super) fn wanted(headers: &HeaderMap) -> BTreeSet<Algorithm> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let mut wanted: BTreeSet<Algorithm> = promised(headers).into_keys().collect();
    let trailer = text("x-amz-trailer").unwrap_or_default();
    wanted.extend(Algorithm::ALL.into_iter().filter(|a| trailer.split(',').any(|t| t.trim() == a.header())));
    let named = text("x-amz-sdk-checksum-algorithm").or_else(|| text("x-amz-checksum-algorithm"));
    wanted.extend(named.and_then(Algorithm::parse));
    if wanted.is_empty() {
        wanted.insert(Algorithm::Crc64Nvme);
    }
    wanted
}

/// Response headers that carry `checksums`.
pub(super) fn headers(checksums: &Checksums) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (algorithm, value) in checksums {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(algorithm.header()), value);
        }
    }
    if !headers.is_empty() {
        headers.insert("x-amz-checksum-type", HeaderValue::from_static("FULL_OBJECT"));
    }
    headers
}

/// Every digest of one body, in one pass.
pub(super) struct Hashing {
    md5: Md5,
    others: ChecksumHasher,
}

/// What [`Hashing`] found.
#[derive(Debug, Clone)]
pub(super) struct Digests {
    pub(super) md5: [u8; 16],
    pub(super) checksums: Checksums,
}

impl Hashing {
    pub(super) fn of(wanted: &BTreeSet<Algorithm>) -> Self {
        let has = |algorithm| wanted.contains(&algorithm);
        let others = ChecksumHasher {
            crc32: has(Algorithm::Crc32).then(Crc32::new),
            crc32c: has(Algorithm::Crc32c).then(Crc32c::new),
            crc64nvme: has(Algorithm::Crc64Nvme).then(Crc64Nvme::new),
            sha1: has(Algorithm::Sha1).then(Sha1::new),
            sha256: has(Algorithm::Sha256).then(Sha256::new),
        };
        Self { md5: Md5::new(), others }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.others.update(bytes);
    }

    pub(super) fn finish(self) -> Digests {
        let found = self.others.finalize();
        let pairs = [
            (Algorithm::Crc32, found.checksum_crc32),
            (Algorithm::Crc32c, found.checksum_crc32c),
            (Algorithm::Crc64Nvme, found.checksum_crc64nvme),
            (Algorithm::Sha1, found.checksum_sha1),
            (Algorithm::Sha256, found.checksum_sha256),
        ];
        Digests {
            md5: self.md5.finalize(),
            checksums: pairs.into_iter().filter_map(|(a, value)| Some((a, value?))).collect(),
        }
    }
}

impl Digests {
    /// *Errors:* `BadDigest` if any digest differs from what the client promised.
    pub(super) fn check(&self, promised: &Checksums, content_md5: Option<&str>) -> S3Result<()> {
        if let Some(promised) = content_md5 {
            let bytes = BASE64_STANDARD
                .decode(promised)
                .map_err(|error| s3_error!(error, InvalidDigest, "The Content-MD5 is not valid"))?;
            if bytes != self.md5 {
                return Err(s3_error!(BadDigest, "The Content-MD5 does not match what was received"));
            }
        }
        for (algorithm, promised) in promised {
            if self.checksums.get(algorithm) != Some(promised) {
                let name = algorithm.name();
                return Err(s3_error!(BadDigest, "The {name} does not match what was received"));
            }
        }
        Ok(())
    }
}
