//! A service with a folder of its own, and a client.

use std::fmt::Debug;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use audit_local::s3::{ACCESS_KEY, EmbeddedS3, SECRET_KEY};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Config, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use tempfile::TempDir;
use tokio::time::Instant;

pub(crate) const BUCKET: &str = "archive";
pub(crate) const OTHER: &str = "staging";
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) struct Rig {
    pub(crate) folder: TempDir,
    pub(crate) s3: EmbeddedS3,
    pub(crate) client: Client,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::over(tempfile::tempdir().unwrap()).await
    }

    pub(crate) async fn over(folder: TempDir) -> Self {
        let s3 = EmbeddedS3::start(folder.path(), &[BUCKET, OTHER], ANY_PORT).await.unwrap();
        let client = client(&s3.endpoint());
        Self { folder, s3, client }
    }

    pub(crate) async fn restart(self) -> Self {
        self.s3.stop(Instant::now()).await.unwrap();
        Self::over(self.folder).await
    }

    pub(crate) fn file(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    /// Puts and returns the ETag.
    pub(crate) async fn put(&self, key: &str, body: &[u8]) -> String {
        let body = ByteStream::from(body.to_vec());
        let put = self.client.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
        put.e_tag.unwrap()
    }

    pub(crate) async fn get(&self, key: &str) -> Vec<u8> {
        bytes(self.client.get_object().bucket(BUCKET).key(key).send().await.unwrap()).await
    }

    pub(crate) async fn exists(&self, key: &str) -> bool {
        self.client.head_object().bucket(BUCKET).key(key).send().await.is_ok()
    }

    pub(crate) async fn keys(&self) -> Vec<String> {
        let listed = self.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
        listed.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
    }
}

pub(crate) fn client(endpoint: &str) -> Client {
    signed(endpoint, SECRET_KEY)
}

pub(crate) fn signed(endpoint: &str, secret: &str) -> Client {
    let config = Config::builder()
        .http_client(audit_runtime::aws::http())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(ACCESS_KEY, secret, None, None, "test"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

pub(crate) async fn bytes(got: GetObjectOutput) -> Vec<u8> {
    got.body.collect().await.unwrap().to_vec()
}

/// The status and the code of an error response.
pub(crate) fn rejection<T: Debug, E: ProvideErrorMetadata + Debug>(
    outcome: Result<T, SdkError<E, aws_sdk_s3::config::http::HttpResponse>>,
) -> (u16, String) {
    match outcome.unwrap_err() {
        SdkError::ServiceError(error) => {
            let code = error.err().code().unwrap_or_default().to_owned();
            (error.raw().status().as_u16(), code)
        }
        other => panic!("not an error response: {other:?}"),
    }
}

/// All files in `folder` and its subfolders.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Pseudo-random bytes.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
