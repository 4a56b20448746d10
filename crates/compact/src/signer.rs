//! The key that signs checkpoints, in AWS KMS. Only this file names that SDK, besides the local stack and tests.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audit_core::{Checkpoint, Frontier, LogId, NoteError, VerifierKey};
use aws_sdk_kms::Client;
use aws_sdk_kms::config::Builder;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use aws_types::SdkConfig;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// How long one attempt of a request may take.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How long a request may take, its second attempt included.
const REQUEST: Duration = Duration::from_secs(5);
/// How often a request is sent.
const ATTEMPTS: u32 = 2;
/// How long no signature is requested after one failed: passes over many orgs do not wait for each of them.
const PAUSE: Duration = Duration::from_secs(60);
/// What the DER form of an Ed25519 key begins with; the 32 bytes of the key follow.
const DER_OF_ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Why a checkpoint was not signed. The next pass tries again.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The request failed, or got no response in time.
    #[error("KMS {operation} failed")]
    Failed {
        /// The operation.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The key is not an Ed25519 key, or its name is not one of a key.
    #[error("the key in KMS is not an Ed25519 key, or LOG_HOST is not a host")]
    Key,
    /// The signature is not by the key.
    #[error("KMS returned an invalid signature")]
    Signature(#[from] NoteError),
    /// Another signature failed less than a minute ago.
    #[error("KMS failed less than a minute ago")]
    Paused,
}

/// Where checkpoints are signed, and under which name.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// The id or ARN of the key in KMS.
    pub key_id: String,
    /// The host in the origins of all logs. It must never change.
    pub host: String,
}

impl LogSettings {
    /// Reads them from settings.
    pub fn from_settings(setting: impl Fn(&'static str) -> String) -> Self {
        Self { key_id: setting("LOG_KEY_ID"), host: setting("LOG_HOST") }
    }
}

/// Signs the checkpoints of all orgs.
#[derive(Debug, Clone)]
pub struct Signer(Arc<State>);

#[derive(Debug)]
struct State {
    client: Client,
    key_id: String,
    key_name: String,
    key: OnceCell<VerifierKey>,
    key_stored: OnceCell<()>,
    failed_at: Mutex<Option<Instant>>,
}

impl Signer {
    /// Uses a key on AWS.
    pub fn connect(config: &SdkConfig, settings: LogSettings) -> Self {
        Self::new(Builder::from(config), settings)
    }

    /// Uses a key through a client of this configuration.
    ///
    /// # Guarantees
    /// A KMS that does not respond delays its caller by up to two requests of 5 s, once a minute.
    pub fn new(config: Builder, settings: LogSettings) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(REQUEST).build();
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
        let client = Client::from_conf(config.timeout_config(timeouts).retry_config(retries).build());
        let LogSettings { key_id, host } = settings;
        let key_name = format!("{host}/log");
        let (key, key_stored, failed_at) = (OnceCell::new(), OnceCell::new(), Mutex::default());
        Self(Arc::new(State { client, key_id, key_name, key, key_stored, failed_at }))
    }

    /// Returns the checkpoint of a tree, before it is signed.
    pub(crate) fn checkpoint(&self, log_id: LogId, tree: &Frontier) -> Checkpoint {
        Checkpoint::new(&self.0.key_name, log_id, tree)
    }

    /// Returns whether the key was stored for readers.
    pub(crate) fn key_stored(&self) -> &OnceCell<()> {
        &self.0.key_stored
    }

    /// Signs a checkpoint. Returns the note, whose signature was verified, and the key.
    pub(crate) async fn sign(&self, checkpoint: &Checkpoint) -> Result<(String, VerifierKey), SignError> {
        if self.failed_at().is_some_and(|failed_at| failed_at.elapsed() < PAUSE) {
            return Err(SignError::Paused);
        }
        // Boxed: the SDK's futures are larger than the rest of a pass.
        let signed = Box::pin(self.note(checkpoint.text())).await;
        *self.0.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = signed.is_err().then(Instant::now);
        signed
    }

    fn failed_at(&self) -> Option<Instant> {
        *self.0.failed_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note(&self, text: String) -> Result<(String, VerifierKey), SignError> {
        let key = self.0.key.get_or_try_init(|| self.key()).await?;
        let sign = self.0.client.sign().key_id(&self.0.key_id).message(Blob::new(text.as_bytes()));
        let sign = sign.message_type(MessageType::Raw).signing_algorithm(SigningAlgorithmSpec::Ed25519Sha512);
        let signed = sign.send().await.map_err(|error| failed("Sign", error))?;
        let signature = signed.signature.map(Blob::into_inner).unwrap_or_default();
        Ok((key.note(&text, &signature)?, key.clone()))
    }

    async fn key(&self) -> Result<VerifierKey, SignError> {
        let found = self.0.client.get_public_key().key_id(&self.0.key_id).send().await;
        let der = found.map_err(|error| failed("GetPublicKey", error))?.public_key.map(Blob::into_inner);
        let public = der.as_deref().and_then(|der| der.strip_prefix(&DER_OF_ED25519)?.try_into().ok());
        VerifierKey::new(&self.0.key_name, public.ok_or(SignError::Key)?).map_err(|_| SignError::Key)
    }
}

fn failed(operation: &'static str, error: impl Error + Send + Sync + 'static) -> SignError {
    SignError::Failed { operation, source: Box::new(error) }
}
