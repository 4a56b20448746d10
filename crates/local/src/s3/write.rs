//! PutObject, CopyObject and DeleteObject.

use http::HeaderMap;
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, DeleteObjectInput, DeleteObjectOutput,
    ETagCondition, MetadataDirective, PutObjectInput, PutObjectOutput, Timestamp,
};
use s3s::{S3ErrorCode, S3Result, TrailingHeaders, s3_error};

use super::about::{About, Described, digest, open_file, version};
use super::checksum::{self, Algorithm, Checksums};
use super::condition::{Condition, matches};
use super::fault;
use super::location::Location;
use super::read::last_modified;
use super::store::Store;

/// What a request carries beside its typed input.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) headers: HeaderMap,
    pub(super) trailers: Option<TrailingHeaders>,
}

impl Envelope {
    /// The checksums promised before and after the body; complete once the body has been read.
    pub(super) fn promised(&self) -> Checksums {
        let mut promised = checksum::promised(&self.headers);
        if let Some(trailers) = self.trailers.as_ref().and_then(TrailingHeaders::take) {
            promised.extend(checksum::promised(&trailers));
        }
        promised
    }

    /// A condition that the library's input type for a copy lacks; without it a copy would overwrite in silence.
    fn condition(&self, name: &str) -> S3Result<Option<ETagCondition>> {
        let Some(value) = self.headers.get(name) else {
            return Ok(None);
        };
        let parsed = ETagCondition::parse_http_header(value.as_bytes());
        parsed.map(Some).map_err(|error| s3_error!(error, InvalidArgument, "The header {name} is not valid"))
    }
}

impl Store {
    /// Stores an object whole or not at all.
    pub(super) async fn put_object(
        &self,
        input: PutObjectInput,
        envelope: Envelope,
    ) -> S3Result<(PutObjectOutput, HeaderMap)> {
        let at = Location::parse(&input.bucket, &input.key)?;
        self.bucket(&input.bucket).await?;
        let condition = Condition::of(input.if_match, input.if_none_match)?;
        if input.write_offset_bytes.is_some() {
            return Err(s3_error!(NotImplemented, "Appending is not supported"));
        }
        let wanted = checksum::wanted(&envelope.headers);
        let body = input.body.unwrap_or_else(|| s3s::Body::empty().into());
        let (staged, version, digests) = self.stage(body, &wanted).await?;
        digests.check(&envelope.promised(), input.content_md5.as_deref())?;
        let about = About::new(
            &digests,
            Described {
                content_type: input.content_type,
                content_encoding: input.content_encoding.and_then(|encoding| stored_encoding(&encoding)),
                content_disposition: input.content_disposition,
                content_language: input.content_language,
                cache_control: input.cache_control,
                metadata: input.metadata.unwrap_or_default().into_iter().collect(),
            },
        );
        self.publish(&staged, &version, &at, &condition, &about).await?;
        let output = PutObjectOutput { e_tag: Some(about.etag()), ..PutObjectOutput::default() };
        Ok((output, checksum::headers(&about.checksums)))
    }

    /// Copies within the folder, without copying bytes: both names share one file, which is never written again.
    ///
    /// *Guarantees:* the version that satisfied `x-amz-copy-source-if-match` is the one copied. The copy shows the
    /// source's modification time.
    pub(super) async fn copy_object(&self, input: CopyObjectInput, envelope: Envelope) -> S3Result<CopyObjectOutput> {
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "Only copies from a bucket are supported"));
        };
        let from = Location::parse(bucket, key)?;
        let to = Location::parse(&input.bucket, &input.key)?;
        self.bucket(bucket).await?;
        let condition = Condition::of(envelope.condition("if-match")?, envelope.condition("if-none-match")?)?;

        let staged = self.staging();
        let held = self.locks.hold(&from).await;
        let linked = object_store::ObjectStoreExt::copy_if_not_exists(&self.files, &from.path, &staged.path).await;
        linked.map_err(fault::from_store)?;
        let (file, meta) = open_file(&self.files, &staged.path).await?;
        let about = self.read_about(&from, &meta).await?;
        drop(held);
        let source = self.complete(&from, file, meta, about).await?;
        let etag = source.about.etag();
        let fits = input.copy_source_if_match.is_none_or(|wanted| matches(&wanted, &etag))
            && !input.copy_source_if_none_match.is_some_and(|known| matches(&known, &etag));
        if !fits {
            return Err(S3ErrorCode::PreconditionFailed.into());
        }

        let mut about = source.about;
        if let Some(algorithm) = input.checksum_algorithm {
            let algorithm = Algorithm::parse(algorithm.as_str())
                .ok_or_else(|| s3_error!(InvalidRequest, "The checksum algorithm is not supported"))?;
            if !about.checksums.contains_key(&algorithm) {
                about.checksums = digest(source.file, [algorithm]).await?.1.checksums;
            }
        }
        if input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE) {
            about.described = Described {
                content_type: input.content_type,
                content_encoding: input.content_encoding,
                content_disposition: input.content_disposition,
                content_language: input.content_language,
                cache_control: input.cache_control,
                metadata: input.metadata.unwrap_or_default().into_iter().collect(),
            };
        }
        let version = version(source.meta.e_tag.as_deref());
        self.publish(&staged, &version, &to, &condition, &about).await?;
        Ok(CopyObjectOutput {
            copy_object_result: Some(copied(&about, last_modified(&source.meta))),
            ..CopyObjectOutput::default()
        })
    }

    /// Deletes the object; one that is not there is deleted too.
    pub(super) async fn delete_object(&self, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
        let at = Location::parse(&input.bucket, &input.key)?;
        let condition = Condition::of(input.if_match, None)?;
        self.remove(&at, &condition).await?;
        Ok(DeleteObjectOutput::default())
    }
}

fn copied(about: &About, last_modified: Timestamp) -> CopyObjectResult {
    let checksum = |algorithm| about.checksums.get(&algorithm).cloned();
    CopyObjectResult {
        checksum_crc32: checksum(Algorithm::Crc32),
        checksum_crc32c: checksum(Algorithm::Crc32c),
        checksum_crc64nvme: checksum(Algorithm::Crc64Nvme),
        checksum_sha1: checksum(Algorithm::Sha1),
        checksum_sha256: checksum(Algorithm::Sha256),
        checksum_type: None,
        e_tag: Some(about.etag()),
        last_modified: Some(last_modified),
    }
}

/// `aws-chunked` names the framing of the request, not of the object.
fn stored_encoding(encoding: &str) -> Option<String> {
    let kept: Vec<&str> =
        encoding.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(","))
}
