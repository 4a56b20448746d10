//! Multipart uploads.
//!
//! An upload is a folder of its own with `upload`, which says what it is for, and one file per part, whose name holds
//! everything about it: `<part number, 5 digits>-<md5>`. Completing reads the parts in order into one staged file and
//! publishes that, as a put would; the ETag is S3's: the MD5 of the parts' MD5s, `-`, and their number.

use std::collections::BTreeMap;
use std::io;

use futures::TryStreamExt;
use http::HeaderMap;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, ListPartsInput,
    ListPartsOutput, Part, UploadPartInput, UploadPartOutput,
};
use s3s::{S3ErrorCode, S3Result, s3_error};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::about::{About, Described};
use super::checksum::{self, Algorithm};
use super::condition::Condition;
use super::fault;
use super::location::{Location, UPLOADS, hex};
use super::parts::{Stored, chosen, etag, joined};
use super::read::last_modified;
use super::store::Store;
use super::write::{Envelope, stored_encoding};

/// What an open upload is for.
#[derive(Debug, Serialize, Deserialize)]
struct Upload {
    bucket: String,
    key: String,
    algorithm: Algorithm,
    described: Described,
}

impl Store {
    pub(super) async fn create_upload(
        &self,
        input: CreateMultipartUploadInput,
    ) -> S3Result<CreateMultipartUploadOutput> {
        let at = Location::parse(&input.bucket, &input.key)?;
        self.bucket(&at.bucket).await?;
        let named = input.checksum_algorithm.as_ref().and_then(|a| Algorithm::parse(a.as_str()));
        let algorithm = named.unwrap_or(Algorithm::Crc64Nvme);
        let upload = Upload {
            bucket: at.bucket,
            key: at.key,
            algorithm,
            described: Described {
                content_type: input.content_type,
                content_encoding: input.content_encoding.and_then(|encoding| stored_encoding(&encoding)),
                content_disposition: input.content_disposition,
                content_language: input.content_language,
                cache_control: input.cache_control,
                metadata: input.metadata.unwrap_or_default().into_iter().collect(),
            },
        };
        let id = Uuid::new_v4().simple().to_string();
        let text = serde_json::to_vec(&upload).map_err(fault::internal)?;
        let path = Path::from_iter([UPLOADS, id.as_str(), "upload"]);
        self.files.put(&path, text.into()).await.map_err(fault::from_store)?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(upload.bucket),
            key: Some(upload.key),
            upload_id: Some(id),
            checksum_algorithm: Some(ChecksumAlgorithm::from_static(algorithm.name())),
            ..CreateMultipartUploadOutput::default()
        })
    }

    /// Stores a part; one of the same number is replaced.
    pub(super) async fn upload_part(
        &self,
        input: UploadPartInput,
        envelope: Envelope,
    ) -> S3Result<(UploadPartOutput, HeaderMap)> {
        let (folder, _) = self.upload(&input.upload_id, &input.bucket, &input.key).await?;
        let number = input.part_number;
        if !(1..=10_000).contains(&number) {
            return Err(s3_error!(InvalidArgument, "Part number must be between 1 and 10000"));
        }
        let wanted = checksum::wanted(&envelope.headers);
        let body = input.body.unwrap_or_else(|| s3s::Body::empty().into());
        let (staged, _, digests) = self.stage(body, &wanted).await?;
        digests.check(&envelope.promised(), input.content_md5.as_deref())?;
        let md5 = hex(&digests.md5);
        let path = folder.clone().join(format!("{number:05}-{md5}"));
        self.files.rename(&staged.path, &path).await.map_err(fault::from_store)?;
        for (other, stored) in self.parts(&folder).await? {
            if other.0 == number && stored.meta.location != path {
                drop(self.files.delete(&stored.meta.location).await);
            }
        }
        let output = UploadPartOutput { e_tag: Some(ETag::Strong(md5)), ..UploadPartOutput::default() };
        Ok((output, checksum::headers(&digests.checksums)))
    }

    /// Makes the named parts one object, if the condition holds; the upload stays open if it does not.
    pub(super) async fn complete_upload(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let at = Location::parse(&input.bucket, &input.key)?;
        let (folder, upload) = self.upload(&input.upload_id, &input.bucket, &input.key).await?;
        let condition = Condition::of(input.if_match, input.if_none_match)?;
        let stored = self.parts(&folder).await?;
        let named = input.multipart_upload.and_then(|named| named.parts).unwrap_or_default();
        let parts = chosen(&named, &stored)?;
        let paths = parts.iter().map(|part| part.meta.location.clone()).collect();
        let body = joined(self.files.clone(), paths);
        let (staged, version, digests) = self.stage(body, &[upload.algorithm].into()).await?;
        let mut about = About::new(&digests, upload.described);
        about.etag = etag(&parts);
        self.publish(&staged, &version, &at, &condition, &about).await?;
        self.drop_upload(&folder).await?;
        let checksum = |algorithm| about.checksums.get(&algorithm).cloned();
        Ok(CompleteMultipartUploadOutput {
            checksum_crc32: checksum(Algorithm::Crc32),
            checksum_crc32c: checksum(Algorithm::Crc32c),
            checksum_crc64nvme: checksum(Algorithm::Crc64Nvme),
            checksum_sha1: checksum(Algorithm::Sha1),
            checksum_sha256: checksum(Algorithm::Sha256),
            location: Some(format!("/{}/{}", at.bucket, at.key)),
            e_tag: Some(about.etag()),
            bucket: Some(at.bucket),
            key: Some(at.key),
            ..CompleteMultipartUploadOutput::default()
        })
    }

    pub(super) async fn abort_upload(&self, input: AbortMultipartUploadInput) -> S3Result<AbortMultipartUploadOutput> {
        let (folder, _) = self.upload(&input.upload_id, &input.bucket, &input.key).await?;
        self.drop_upload(&folder).await?;
        Ok(AbortMultipartUploadOutput::default())
    }

    pub(super) async fn list_parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        let (folder, _) = self.upload(&input.upload_id, &input.bucket, &input.key).await?;
        let after = input.part_number_marker.unwrap_or_default();
        let limit = input.max_parts.unwrap_or(1000).clamp(0, 1000);
        let mut found = self.parts(&folder).await?.into_iter().filter(|((number, _), _)| *number > after).peekable();
        let parts: Vec<Part> = found
            .by_ref()
            .take(usize::try_from(limit).unwrap_or_default())
            .map(|((number, _), stored)| Part {
                e_tag: Some(ETag::Strong(stored.md5)),
                last_modified: Some(last_modified(&stored.meta)),
                part_number: Some(number),
                size: i64::try_from(stored.meta.size).ok(),
                ..Part::default()
            })
            .collect();
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            is_truncated: Some(found.peek().is_some()),
            next_part_number_marker: parts.last().and_then(|part| part.part_number),
            part_number_marker: input.part_number_marker,
            max_parts: Some(limit),
            parts: Some(parts),
            ..ListPartsOutput::default()
        })
    }

    /// *Errors:* `NoSuchUpload`, also for an upload to another key.
    async fn upload(&self, id: &str, bucket: &str, key: &str) -> S3Result<(Path, Upload)> {
        let absent = || S3ErrorCode::NoSuchUpload.into();
        let id = Uuid::try_parse(id).map_err(|_| absent())?.simple().to_string();
        let folder = Path::from_iter([UPLOADS, id.as_str()]);
        let found = match self.files.get(&folder.clone().join("upload")).await {
            Ok(found) => found.bytes().await.map_err(fault::from_store)?,
            Err(error) if fault::is_absent(&error) => return Err(absent()),
            Err(error) => return Err(fault::from_store(error)),
        };
        let upload: Upload = serde_json::from_slice(&found).map_err(fault::internal)?;
        if upload.bucket != bucket || upload.key != key {
            return Err(absent());
        }
        Ok((folder, upload))
    }

    /// The parts by number and MD5.
    async fn parts(&self, folder: &Path) -> S3Result<BTreeMap<(i32, String), Stored>> {
        let found = self.files.list(Some(folder)).try_filter_map(async |meta| {
            let parsed = meta.location.filename().and_then(|name| {
                let (number, md5) = name.split_once('-')?;
                Some((number.parse().ok()?, md5.to_owned()))
            });
            Ok(parsed.map(|(number, md5): (i32, String)| ((number, md5.clone()), Stored { md5, meta })))
        });
        found.try_collect().await.map_err(fault::from_store)
    }

    async fn drop_upload(&self, folder: &Path) -> S3Result<()> {
        let folder = self.folder.join(folder.as_ref());
        match tokio::fs::remove_dir_all(folder).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault::internal(error)),
            _ => Ok(()),
        }
    }
}
