//! The S3 operations that are served; any other is answered `NotImplemented`.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::fault;
use super::store::Store;
use super::write::Envelope;

/// Hands each operation to the store.
#[derive(Debug, Clone)]
pub(super) struct Service(pub(super) Arc<Store>);

/// Runs a write to its end even if the client goes away: half of one must not run on beside the next.
async fn finish<T: Send + 'static>(work: impl Future<Output = S3Result<T>> + Send + 'static) -> S3Result<T> {
    tokio::spawn(work).await.map_err(fault::internal)?
}

fn split<T>(request: S3Request<T>) -> (T, Envelope) {
    let envelope = Envelope { headers: request.headers, trailers: request.trailing_headers };
    (request.input, envelope)
}

#[async_trait::async_trait]
impl S3 for Service {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let store = Arc::clone(&self.0);
        let (input, envelope) = split(request);
        let (output, headers) = finish(async move { store.put_object(input, envelope).await }).await?;
        Ok(S3Response::with_headers(output, headers))
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let store = Arc::clone(&self.0);
        let (input, envelope) = split(request);
        finish(async move { store.copy_object(input, envelope).await }).await.map(S3Response::new)
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let (output, headers) = self.0.get_object(request.input).await?;
        Ok(S3Response::with_headers(output, headers))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let (output, headers) = self.0.head_object(request.input).await?;
        Ok(S3Response::with_headers(output, headers))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let store = Arc::clone(&self.0);
        finish(async move { store.delete_object(request.input).await }).await.map(S3Response::new)
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.0.list_objects(request.input).await.map(S3Response::new)
    }
}
