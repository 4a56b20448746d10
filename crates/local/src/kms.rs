//! AWS KMS with one Ed25519 key, whose seed is a file, and two actions: `Sign` and `GetPublicKey`.
//!
//! So the signer of the archive pass uses the real SDK client, as on AWS.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use ring::rand::{SystemRandom, generate};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::error::LocalError;
use crate::server::Server;
use crate::{browsers, connections};

/// The id of the key.
pub const KEY_ID: &str = "local-log-key";
/// Bytes of a seed.
const SEED_BYTES: usize = 32;
/// What the DER form of an Ed25519 key begins with.
const DER_OF_ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The only signing algorithm.
const ALGORITHM: &str = "ED25519_SHA_512";

/// Serves the JSON protocol of KMS over loopback; any credentials are accepted.
#[derive(Debug)]
pub struct EmbeddedKms {
    server: Server,
}

impl EmbeddedKms {
    /// Serves the key whose seed is in `file`, which is created if missing, readable by its owner only.
    ///
    /// # Errors
    /// The address is not loopback or not free, or the file is not a seed.
    pub async fn start(file: &Path, listen: SocketAddr) -> Result<Self, LocalError> {
        let unusable = |source| LocalError::Folder(file.to_owned(), source);
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed(file).map_err(unusable)?);
        let pair = Arc::new(pair.map_err(|error| unusable(io::Error::other(error.to_string())))?);
        let router = browsers::guard_store(Router::new().fallback(respond).with_state(pair));
        let server = Server::start("kms", listen, async move |listener, stop| {
            connections::serve(listener, router, &stop).await;
            Ok(())
        })?;
        Ok(Self { server })
    }

    /// The endpoint for an SDK client.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Lets running requests finish within the grace of a stop that began at `begun`, and stops.
    ///
    /// # Errors
    /// A request was still running at the end of the grace.
    pub async fn stop(self, begun: Instant) -> Result<(), LocalError> {
        self.server.stop(begun).await
    }
}

/// Reads the seed; makes it first if there is none.
fn seed(file: &Path) -> io::Result<[u8; SEED_BYTES]> {
    match std::fs::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let seed: [u8; SEED_BYTES] =
                generate(&SystemRandom::new()).map_err(|error| io::Error::other(error.to_string()))?.expose();
            // Under a temporary name first: a crash cannot leave half of the file.
            let new = file.with_extension("new");
            _ = std::fs::remove_file(&new);
            create(&new)?.write_all(&seed)?;
            std::fs::rename(&new, file)?;
            Ok(seed)
        }
        found => found?.try_into().map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not a seed of 32 bytes")),
    }
}

/// Creates a file that only its owner can read.
fn create(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

async fn respond(State(pair): State<Arc<Ed25519KeyPair>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, response) = match (target, request["KeyId"].as_str()) {
        ("TrentService.Sign" | "TrentService.GetPublicKey", id) if id != Some(KEY_ID) => refused("NotFoundException"),
        ("TrentService.Sign", _) => sign(&pair, &request),
        ("TrentService.GetPublicKey", _) => {
            let der = BASE64_STANDARD.encode([DER_OF_ED25519.as_slice(), pair.public_key().as_ref()].concat());
            let (usage, spec) = ("SIGN_VERIFY", "ECC_NIST_EDWARDS25519");
            let key = json!({
                "KeyId": KEY_ID, "PublicKey": der, "KeySpec": spec, "KeyUsage": usage, "SigningAlgorithms": [ALGORITHM],
            });
            (StatusCode::OK, key)
        }
        _ => refused("UnknownOperationException"),
    };
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], response.to_string()).into_response()
}

fn sign(pair: &Ed25519KeyPair, request: &Value) -> (StatusCode, Value) {
    let message = request["Message"].as_str().and_then(|message| BASE64_STANDARD.decode(message).ok());
    let is_raw = (&request["MessageType"], &request["SigningAlgorithm"]) == (&json!("RAW"), &json!(ALGORITHM));
    let Some(message) = message.filter(|_| is_raw) else { return refused("ValidationException") };
    let signature = BASE64_STANDARD.encode(pair.sign(&message));
    (StatusCode::OK, json!({ "KeyId": KEY_ID, "Signature": signature, "SigningAlgorithm": ALGORITHM }))
}

fn refused(kind: &str) -> (StatusCode, Value) {
    (StatusCode::BAD_REQUEST, json!({ "__type": kind, "message": "the embedded KMS refused the request" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_seed_is_made_once_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log-key");
        let made = seed(&file).unwrap();
        assert_eq!((seed(&file).unwrap(), std::fs::read(&file).unwrap()), (made, made.to_vec()));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let other = folder.path().join("other");
        assert_ne!(seed(&other).unwrap(), made);
        std::fs::write(&file, [0; 31]).unwrap();
        assert_eq!(seed(&file).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn only_a_raw_message_is_signed() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        let request = json!({ "Message": "YWJj", "MessageType": "RAW", "SigningAlgorithm": ALGORITHM });
        assert_eq!(sign(&pair, &request).1["Signature"], json!(BASE64_STANDARD.encode(pair.sign(b"abc"))));
        for (name, value) in [("Message", "?"), ("MessageType", "DIGEST"), ("SigningAlgorithm", "ED25519_PH_SHA_512")] {
            let mut other = request.clone();
            other[name] = json!(value);
            assert_eq!(sign(&pair, &other).1["__type"], json!("ValidationException"), "{name}");
        }
    }
}
