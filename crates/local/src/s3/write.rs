//! PutObject, CopyObject and DeleteObject.

use object_store::ObjectStoreExt as _;
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, DeleteObjectInput, DeleteObjectOutput,
    MetadataDirective, PutObjectInput, PutObjectOutput,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result, TrailingHeaders, s3_error};

use super::checksum;
use super::condition::{Condition, matches};
use super::error;
use super::location::Location;
use super::metadata::{Metadata, StoredHeaders, digest, file_id};
use super::store::Store;

impl Store {
    /// Stores the whole object or nothing.
    pub(super) async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let S3Request { input, headers, trailing_headers, .. } = request;
        let at = Location::parse(&input.bucket, &input.key)?;
        self.bucket(&input.bucket).await?;
        let condition = Condition::of(input.if_match, input.if_none_match)?;
        if input.write_offset_bytes.is_some() {
            return Err(s3_error!(NotImplemented, "Appending is not supported"));
        }
        let body = input.body.unwrap_or_else(|| s3s::Body::empty().into());
        let (staged, file_id, digests) = self.stage(body, checksum::wanted(&headers)).await?;
        let mut sent = checksum::sent(&headers);
        // Trailers are complete once the body has been read.
        if let Some(trailers) = trailing_headers.as_ref().and_then(TrailingHeaders::take) {
            sent.extend(checksum::sent(&trailers));
        }
        digests.check(&sent, input.content_md5.as_deref())?;
        let metadata = Metadata::new(digests, StoredHeaders::of(&headers, input.metadata));
        self.publish(&staged, &file_id, &at, &condition, &metadata).await?;
        let output = PutObjectOutput { e_tag: Some(metadata.etag()), ..PutObjectOutput::default() };
        Ok(S3Response::with_headers(output, checksum::headers(&metadata.checksums)))
    }

    /// Copies within the folder, without copying bytes: both names share one file, which is never written again.
    ///
    /// # Guarantees
    /// The version that satisfied `x-amz-copy-source-if-match` is the one copied. The copy has the source's
    /// modification time.
    pub(super) async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "Only copies from a bucket are supported"));
        };
        let from = Location::parse(bucket, key)?;
        let to = Location::parse(&input.bucket, &input.key)?;
        self.bucket(bucket).await?;
        let condition = Condition::of_copy(&headers)?;

        let staged = self.staging();
        let guard = self.lock(&from).await;
        self.files.copy_if_not_exists(&from.path, &staged.path).await.map_err(error::from_store)?;
        let source = self.open_version(&from, &staged.path).await?;
        drop(guard);
        let last_modified = source.last_modified();
        let mut metadata = source.metadata;
        let etag = metadata.etag();
        if input.copy_source_if_match.is_some_and(|wanted| !matches(&wanted, &etag))
            || input.copy_source_if_none_match.is_some_and(|known| matches(&known, &etag))
        {
            return Err(S3ErrorCode::PreconditionFailed.into());
        }

        if let Some(algorithm) = input.checksum_algorithm {
            let algorithm = checksum::algorithm(algorithm.as_str())
                .ok_or_else(|| s3_error!(InvalidRequest, "The checksum algorithm is not supported"))?;
            if !metadata.checksums.contains_key(algorithm) {
                metadata.checksums = digest(source.file, algorithm).await?.1.checksums;
            }
        }
        if input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE) {
            metadata.headers = StoredHeaders::of(&headers, input.metadata);
        }
        self.publish(&staged, &file_id(source.stat.e_tag.as_deref()), &to, &condition, &metadata).await?;
        let checksum = |algorithm: &str| metadata.checksums.get(algorithm).cloned();
        let result = CopyObjectResult {
            checksum_crc32: checksum("crc32"),
            checksum_crc32c: checksum("crc32c"),
            checksum_crc64nvme: checksum("crc64nvme"),
            checksum_sha1: checksum("sha1"),
            checksum_sha256: checksum("sha256"),
            checksum_type: None,
            e_tag: Some(etag),
            last_modified: Some(last_modified),
        };
        Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() }))
    }

    /// Deletes the object; deleting an absent object succeeds.
    pub(super) async fn delete_object(&self, input: DeleteObjectInput) -> S3Result<S3Response<DeleteObjectOutput>> {
        let at = Location::parse(&input.bucket, &input.key)?;
        self.remove(&at, &Condition::of(input.if_match, None)?).await?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }
}
