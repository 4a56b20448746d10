//! The log of `acme`, read and written as by another program.

use std::path::PathBuf;

use audit_core::{Checkpoint, LeafFields, LogId, Sha256, VerifierKey};
use audit_local::clients;
use audit_local::stack::{ARCHIVE_BUCKET, LOG_HOST};
use audit_segments::FullSegment;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::TestStack;
use crate::acme::acme;

/// The id of the log.
pub async fn log_id(stack: &TestStack) -> LogId {
    stack.tables().ledger.head(&acme()).await.expect("the head is read").log_id.expect("a log")
}

/// The folder of the log's objects.
pub async fn folder(stack: &TestStack) -> PathBuf {
    let log = format!("s3/{ARCHIVE_BUCKET}/log/org_id={}/{}", acme(), log_id(stack).await);
    stack.folder().join(log)
}

/// The sizes of the checkpoints.
pub async fn sizes(stack: &TestStack) -> Vec<u64> {
    let log_id = log_id(stack).await;
    stack.archive().checkpoint_sizes(&acme(), log_id).await.expect("the checkpoints are listed")
}

/// Puts an object of the archive bucket.
pub async fn put(stack: &TestStack, key: &str, body: impl Into<Vec<u8>>) {
    let put = clients::s3(&stack.s3_endpoint()).put_object().bucket(ARCHIVE_BUCKET).key(key);
    put.body(body.into().into()).send().await.expect("the object is put");
}

/// The key of the stack.
pub fn key_pair(stack: &TestStack) -> Ed25519KeyPair {
    let seed = std::fs::read(stack.folder().join("log-key")).expect("a seed");
    Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key")
}

/// The public half of a key.
pub fn verifier(pair: &Ed25519KeyPair) -> VerifierKey {
    let public = pair.public_key().as_ref().try_into().expect("32 bytes");
    VerifierKey::new(&format!("{LOG_HOST}/log"), public).expect("a name")
}

/// Signs a checkpoint.
pub fn signed(pair: &Ed25519KeyPair, checkpoint: &Checkpoint) -> String {
    let text = checkpoint.text();
    verifier(pair).note(&text, pair.sign(text.as_bytes()).as_ref()).expect("a note")
}

/// The leaves of all archived rows, computed one by one from the published files.
pub async fn leaves(stack: &TestStack) -> Vec<Sha256> {
    let mut segments = stack.tables().ledger.whole(&acme()).await.expect("the ledger is read").segments;
    segments.sort_by_key(|segment| segment.first_seq);
    let mut leaves = Vec::new();
    for segment in &segments {
        let object = stack.archive().published_object(&segment.key).await.expect("an object");
        let file = FullSegment::read_blocking(&object, None).await.expect("a segment");
        let seed = file.footer.ranges[0].seed.expect("a seed");
        let open = stack.archive().open(&acme(), segment).await.expect("a segment");
        for (at, id) in (0..).zip(file.ids) {
            let event = open.event(id).await.expect("a row").expect("the event");
            let salt = seed.salt(segment.first_seq.plus(at));
            leaves.push(LeafFields::of(&event).leaf(&salt).expect("a leaf"));
        }
    }
    leaves
}
