//! The parts of a multipart upload: which a completion names, and what they make together.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use s3s::crypto::{Checksum, Md5};
use s3s::dto::{CompletedPart, ETag};
use s3s::{S3Result, s3_error};

use super::about::open_file;
use super::location::hex;
use super::read::stream;

/// All parts but the last have at least this many bytes, as in S3.
const SMALLEST_PART: u64 = 5 << 20;

/// A stored part.
pub(super) struct Stored {
    pub(super) md5: String,
    pub(super) meta: ObjectMeta,
}

/// The parts' bytes, one after the other.
pub(super) fn joined(files: LocalFileSystem, paths: Vec<Path>) -> BoxStream<'static, io::Result<Bytes>> {
    let opened = futures::stream::iter(paths).then(move |path| {
        let files = files.clone();
        async move { open_file(&files, &path).await.map_err(|error| io::Error::other(error.to_string())) }
    });
    opened.map_ok(|(file, meta)| stream(file, 0..meta.size)).try_flatten().boxed()
}

/// The stored parts that a completion names, in its order.
///
/// *Errors:* `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, as S3; `MalformedXML` for none.
pub(super) fn chosen<'a>(
    named: &[CompletedPart],
    stored: &'a BTreeMap<(i32, String), Stored>,
) -> S3Result<Vec<&'a Stored>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    if !named.is_sorted_by(|a, b| a.part_number < b.part_number) {
        return Err(s3_error!(InvalidPartOrder));
    }
    let mut parts = Vec::new();
    for part in named {
        let number = part.part_number.unwrap_or_default();
        let md5 = part.e_tag.as_ref().map(ETag::value).unwrap_or_default();
        let found = stored.get(&(number, md5.to_owned()));
        parts.push(found.ok_or_else(|| s3_error!(InvalidPart, "Part {number} with this ETag was not uploaded"))?);
    }
    let all_but_last = &parts[..parts.len() - 1];
    if all_but_last.iter().any(|part| part.meta.size < SMALLEST_PART) {
        return Err(s3_error!(EntityTooSmall));
    }
    Ok(parts)
}

/// The ETag of a multipart object.
pub(super) fn etag(parts: &[&Stored]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        let digits = part.md5.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
        let bytes: Vec<u8> = digits.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
        md5.update(&bytes);
    }
    format!("{}-{}", hex(&md5.finalize()), parts.len())
}
