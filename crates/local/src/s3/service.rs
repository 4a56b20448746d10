//! The S3 operations that are served; any other returns `NotImplemented`.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::error;
use super::store::Store;

/// Passes each operation to the store.
#[derive(Debug, Clone)]
pub(super) struct Service(pub(super) Arc<Store>);

impl Service {
    /// Runs a write to its end even if the client disconnects: half of one must not overlap with the next.
    async fn finish<T, F>(&self, write: impl FnOnce(Arc<Store>) -> F + Send) -> S3Result<T>
    where
        T: Send + 'static,
        F: Future<Output = S3Result<T>> + Send + 'static,
    {
        tokio::spawn(write(Arc::clone(&self.0))).await.map_err(error::internal)?
    }
}

#[async_trait::async_trait]
impl S3 for Service {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        self.finish(async move |store| store.put_object(request).await).await
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        self.finish(async move |store| store.copy_object(request).await).await
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.0.get_object(request.input).await
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        self.0.head_object(request.input).await
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.finish(async move |store| store.delete_object(request.input).await).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.0.list_objects(request.input).await
    }
}
