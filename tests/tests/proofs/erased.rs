//! The erasure of a person, as the format prepares it: sealed fields become null, an erased one keeps its digest, the
//! others of the event keep their keys, and the seed leaves the footer. The leaf and its proof stay, and no stored byte
//! lets anyone test a guess.
//!
//! No function erases yet. This test rewrites a file by its own implementation of the recipe in `leaf.rs`.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BinaryArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use audit_core::proof::included_root;
use audit_core::{EventId, Frontier, IdKey, OrgId, Seq, Sha256, UnixMicros, request};
use audit_local::stack::table_names;
use audit_segments::keys;
use audit_tests::acme::{ORG, acme, start};
use audit_tests::{START, TestStack, instant};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::rewritten::{Column, Leaves, rewritten, salts, with};
use crate::{newest, proof, verified};

/// The sealed fields, by their numbers from 1 on.
const SEALED: [&str; 10] = [
    "actor_id",
    "actor_name",
    "actor_email",
    "target_id",
    "target_name",
    "failure_reason",
    "ip",
    "user_agent",
    "request_id",
    "details",
];
/// The fields that are erased: those of the person who did it.
const ERASED: [&str; 4] = ["actor_id", "actor_name", "actor_email", "ip"];
/// The row whose event loses them.
const ROW: usize = 1;
/// What begins a key, and what begins a digest, in the rewritten row.
const KEY: u8 = 0;
const DIGEST: u8 = 1;

fn event(row: usize) -> String {
    format!(
        r#"{{"occurred_at":"2026-11-22T10:00:{row:02}Z","actor":{{"id":"usr_{row}","name":"Ada Lovelace","email":"ada{row}@example.com"}},"action":"member.invited","target":{{"id":"usr_7","name":"Bob"}},"result":"succeeded","context":{{"ip":"203.0.113.{row}","user_agent":"curl","request_id":"r{row}"}},"details":{{"n":{row}}},"idempotency_key":"{row}"}}"#
    )
}

fn first_16(digest: Sha256) -> [u8; 16] {
    digest.0[..16].try_into().unwrap()
}

fn salt_of(seed: &[u8], seq: u64) -> [u8; 16] {
    first_16(Sha256::of_parts([&[0x0F], seed, &seq.to_be_bytes()]))
}

fn key_of(salt: &[u8], number: u8) -> [u8; 16] {
    first_16(Sha256::of_parts([&[0x10], salt, &[number]]))
}

fn digest_of(key: &[u8], number: u8, text: Option<&str>) -> [u8; 32] {
    let text = text.map_or(vec![0], |text| [&[1], text.as_bytes()].concat());
    Sha256::of_parts([&[0x11], key, &[number], &text]).0
}

/// A file as it is stored: its rows and the entry with its range.
struct Stored {
    batch: RecordBatch,
    range: Vec<u8>,
}

impl Stored {
    fn read(file: &Path) -> Self {
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(std::fs::read(file).unwrap())).unwrap();
        let entries = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
        let range = entries.into_iter().find(|entry| entry.key == keys::FOOTER_RANGES).unwrap().value.unwrap();
        let [batch] = reader.build().unwrap().collect::<Result<Vec<_>, _>>().unwrap().try_into().unwrap();
        Self { batch, range: BASE64_STANDARD.decode(range).unwrap() }
    }

    fn text(&self, name: &str, row: usize) -> Option<&str> {
        let texts: &StringArray = self.batch.column_by_name(name).unwrap().as_string();
        texts.is_valid(row).then(|| texts.value(row))
    }

    fn seq(&self, row: usize) -> u64 {
        self.batch.column_by_name("seq").unwrap().as_primitive::<Int64Type>().value(row) as u64
    }

    /// What the row stores in place of the seed.
    fn salt(&self, row: usize) -> Option<&[u8]> {
        let salts: &BinaryArray = self.batch.column_by_name("salt").unwrap().as_binary();
        salts.is_valid(row).then(|| salts.value(row))
    }

    /// The leaf of a row, from what is stored and nothing else.
    fn leaf(&self, row: usize) -> Sha256 {
        let seed = &self.range[13..45];
        let stored = self.salt(row).map_or_else(|| salt_of(seed, self.seq(row)).to_vec(), <[u8]>::to_vec);
        let mut digests = Vec::new();
        let mut rest = stored.as_slice();
        for (number, name) in (1..).zip(SEALED) {
            let text = self.text(name, row);
            if stored.len() == 16 {
                digests.extend(digest_of(&key_of(&stored, number), number, text));
                continue;
            }
            let (kind, after) = rest.split_first().unwrap();
            let (value, after) = after.split_at(if *kind == KEY { 16 } else { 32 });
            digests.extend(if *kind == KEY { digest_of(value, number, text) } else { value.try_into().unwrap() });
            rest = after;
        }
        let open = |text: Option<&str>| match text {
            None => vec![0xFF, 0xFF],
            Some(text) => [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat(),
        };
        let id: EventId = self.text("id", row).unwrap().parse().unwrap();
        let ingested_at = self.batch.column_by_name("ingested_at").unwrap();
        let ingested_at: &TimestampMicrosecondArray = ingested_at.as_primitive::<TimestampMicrosecondType>();
        let mut entry = vec![0, 1];
        entry.extend(id.bits().to_be_bytes());
        entry.extend(ingested_at.value(row).to_be_bytes());
        for name in ["org_id", "actor_type", "action", "category", "target_type", "result"] {
            entry.extend(open(self.text(name, row)));
        }
        entry.extend(digests);
        Sha256::of(&entry)
    }
}

/// The file with the fields of one row erased.
fn erased(file: &Path, stored: &Stored) -> Vec<u8> {
    let rows = stored.batch.num_rows();
    let salt = |row| salt_of(&stored.range[13..45], stored.seq(row));
    let mut kept = Vec::new();
    for (number, name) in (1..).zip(SEALED) {
        let key = key_of(&salt(ROW), number);
        if ERASED.contains(&name) {
            kept.push(DIGEST);
            kept.extend(digest_of(&key, number, stored.text(name, ROW)));
        } else {
            kept.push(KEY);
            kept.extend(key);
        }
    }
    let own = salts(rows, ROW, &kept);
    let own: &BinaryArray = own.as_binary();
    let change = |columns: Vec<Column>| {
        let null = |values: &ArrayRef| -> ArrayRef {
            let values: &StringArray = values.as_string();
            Arc::new(values.iter().enumerate().map(|(at, was)| was.filter(|_| at != ROW)).collect::<StringArray>())
        };
        let columns = ERASED.iter().chain(&["ip_addresses"]).fold(columns, |columns, name| with(columns, name, null));
        let columns = with(columns, "salt", |_| {
            let salts =
                (0..rows).map(|row| if own.is_valid(row) { own.value(row).to_vec() } else { salt(row).to_vec() });
            Arc::new(salts.map(Some).collect::<BinaryArray>())
        });
        columns.into_iter().map(|(name, values, _)| (name, values, true)).collect()
    };
    let mut bytes = rewritten(std::fs::read(file).unwrap(), change, Leaves::AsBefore);
    let mut range = stored.range.clone();
    range[12..45].fill(0);
    let (with, without) = (BASE64_STANDARD.encode(&stored.range), BASE64_STANDARD.encode(range));
    let at = bytes.windows(with.len()).position(|window| window == with.as_bytes()).unwrap();
    bytes[at..at + with.len()].copy_from_slice(without.as_bytes());
    bytes
}

/// All bytes that are stored outside the orgs table, and what they decode to: objects, items, columns.
async fn stored_bytes(stack: &TestStack) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![stack.folder().join("s3")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path {
                folder if folder.is_dir() => folders.push(folder),
                file => found.push(std::fs::read(file).unwrap()),
            }
        }
    }
    let files: Vec<_> = found.iter().filter(|bytes| bytes.starts_with(b"PAR1")).cloned().collect();
    for file in files {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file)).unwrap();
        for batch in reader.build().unwrap().map(Result::unwrap) {
            found.extend(batch.columns().iter().flat_map(|column| {
                column.to_data().buffers().iter().map(|buffer| buffer.as_slice().to_vec()).collect::<Vec<_>>()
            }));
        }
    }
    let names = table_names();
    for table in [names.events, names.ledger, names.sessions] {
        let items = stack.dynamodb().scan().table_name(table).send().await.unwrap().items.unwrap();
        for value in items.into_iter().flatten().map(|(_, value)| value) {
            found.extend(value.as_s().map(|text| text.clone().into_bytes()).ok());
            found.extend(value.as_b().map(|blob| blob.as_ref().to_vec()).ok());
        }
    }
    let texts: Vec<String> = found.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    for text in texts {
        let parts =
            |is_digit: fn(char) -> bool| text.split(move |letter| !is_digit(letter)).filter(|part| part.len() >= 22);
        // The letter before a code may look like one of it.
        for part in parts(|letter| letter.is_ascii_alphanumeric() || "+/".contains(letter)) {
            found.extend((0..4).filter_map(|skipped| decode_base64(&part[skipped..])));
        }
        for part in parts(|letter| letter.is_ascii_hexdigit()) {
            found.extend((0..2).filter_map(|skipped| decode_hex(&part[skipped..])));
        }
    }
    found
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(&text[..text.len() / 4 * 4]).ok()
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// The fields of a row whose right guess is confirmed by a secret among `bytes`: a seed, a salt, a key, or the key of
/// the ids, in any place. `digest` returns the digest of a field, as the entry contains it.
fn confirmed(bytes: &[Vec<u8>], seq: u64, guess: &[(u8, &str)], digests: &[[u8; 32]], id: EventId) -> HashSet<String> {
    let mut found = HashSet::new();
    let distinct: HashSet<&[u8]> = bytes.iter().flat_map(|bytes| bytes.windows(32)).collect();
    let mut keys: HashSet<&[u8]> = bytes.iter().flat_map(|bytes| bytes.windows(16)).collect();
    keys.extend(distinct.iter().map(|window| &window[..16]));
    let test = |key: &[u8], salt: Option<&[u8]>, found: &mut HashSet<String>| {
        for ((number, text), digest) in guess.iter().zip(digests) {
            let of_key = digest_of(key, *number, Some(text));
            let of_salt = salt.map(|salt| digest_of(&key_of(salt, *number), *number, Some(text)));
            if of_key == *digest || of_salt == Some(*digest) {
                found.insert(SEALED[usize::from(*number) - 1].to_owned());
            }
        }
    };
    for key in keys {
        test(key, Some(key), &mut found);
    }
    for window in distinct {
        test(&[], Some(&salt_of(window, seq)), &mut found);
        if derived_id(&IdKey::new(window.try_into().unwrap())) == id {
            found.insert("id".to_owned());
        }
    }
    found
}

/// The id that the event would get with a key.
fn derived_id(key: &IdKey) -> EventId {
    let new = request::read(event(ROW).as_bytes(), None, instant(START)).unwrap().remove(0);
    let org_id: OrgId = acme();
    new.into_event(org_id, key, UnixMicros::new(0), 0).id
}

#[tokio::test]
async fn an_erased_event_keeps_its_leaf_and_proof_and_no_guess_about_it_can_be_tested() {
    let (stack, api) = start().await;
    let ids = api.record(ORG, &(0..3).map(event).collect::<Vec<_>>()).await;
    api.archive().await;
    verified(&api, &ids[ROW].0).await;
    let (checkpoint, kept) = (newest(&api).await, proof(&api, &ids[ROW].0).await);
    let segments = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
    let file = stack.folder().join("s3/audit-archive").join(&segments[0].key);
    let before = Stored::read(&file);
    let id: EventId = ids[ROW].0.parse().unwrap();
    let (row, seq) = (ROW, before.seq(ROW));
    assert_eq!(before.text("id", row), Some(ids[ROW].0.as_str()));
    let guess: Vec<_> = (1_u8..).zip(SEALED).filter(|(_, name)| ERASED.contains(name)).collect();
    let texts: Vec<_> = guess.iter().map(|(number, name)| (*number, before.text(name, row).unwrap())).collect();
    let salt = salt_of(&before.range[13..45], seq);
    let digests: Vec<_> =
        texts.iter().map(|(number, text)| digest_of(&key_of(&salt, *number), *number, Some(text))).collect();

    let erased_names: HashSet<String> = ERASED.iter().map(|name| (*name).to_owned()).collect();
    let found = confirmed(&stored_bytes(&stack).await, seq, &texts, &digests, id);
    assert_eq!(found, erased_names, "with the seed in the footer, every guess can be tested, but not by the id");
    let id_key = stack.tables().orgs.keyed(&acme()).await.unwrap().unwrap().id_key;
    assert_eq!(derived_id(&id_key), id, "with the key of the ids, it could be");

    std::fs::write(&file, erased(&file, &before)).unwrap();
    // A copy of the file as it was, which expires.
    std::fs::remove_dir_all(stack.folder().join("s3/audit-staging")).unwrap();
    // The Bloom filters of the file as it was: the rewritten file gets filters of its own.
    let ledger = table_names().ledger;
    for item in stack.dynamodb().scan().table_name(&ledger).send().await.unwrap().items.unwrap() {
        if item["sk"].as_s().unwrap().starts_with("filters#") {
            let key = item.into_iter().filter(|(name, _)| name == "org_id" || name == "sk").collect();
            stack.dynamodb().delete_item().table_name(&ledger).set_key(Some(key)).send().await.unwrap();
        }
    }
    let after = Stored::read(&file);
    for name in ERASED {
        assert_eq!(after.text(name, row), None);
    }
    assert_eq!(after.text("target_name", row), Some("Bob"));
    assert!(after.range[12..45].iter().all(|byte| *byte == 0), "the footer has no seed");
    let mut tree = Frontier::default();
    (0..3).for_each(|row| tree.push(after.leaf(row)));
    assert_eq!((tree.size(), tree.root()), (checkpoint.size, checkpoint.root), "all leaves are the same");
    let root = included_root(Seq(seq), after.leaf(row), checkpoint.size, &kept.hashes);
    assert_eq!(root, Some(checkpoint.root), "the proof that an auditor kept still proves the event");
    let found = confirmed(&stored_bytes(&stack).await, seq, &texts, &digests, id);
    assert_eq!(found, HashSet::new(), "a right guess cannot be told from a wrong one");
}
