//! Archives that were altered with every checksum made right: an auditor with the checkpoint finds each alteration.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::compute::take;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use audit_core::{Checkpoint, flat};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, start};
use audit_tests::api::Api;
use audit_verify::{Archive, Files, Finding, Verified};

use crate::newest;
use crate::rewritten::{Column, Leaves, rewritten, with, with_text};

/// Rows of a file.
const ROWS: usize = 3;

fn event(month: usize, row: usize) -> String {
    format!(
        r#"{{"occurred_at":"2026-{month:02}-03T10:00:{row:02}Z","actor":{{"id":"usr_{row}","name":"Ada","email":"ada{row}@example.com"}},"action":"member.invited","target":{{"type":"member","id":"usr_7","name":""}},"result":"failed","failure_reason":"no","context":{{"ip":"::{row}","user_agent":"curl","request_id":"r{row}"}},"details":{{"n":{row}}}}}"#
    )
}

/// An org with two archived months, and its checkpoints.
struct Audited {
    stack: TestStack,
    _api: Api,
    older: Checkpoint,
    newest: Checkpoint,
}

impl Audited {
    async fn start() -> Self {
        let (stack, api) = start().await;
        let record = async |month| {
            api.record(ORG, &(0..ROWS).map(|row| event(month, row)).collect::<Vec<_>>()).await;
            api.archive().await;
            newest(&api).await
        };
        let older = record(2).await;
        let newest = record(3).await;
        Self { stack, _api: api, older, newest }
    }

    fn file(&self) -> PathBuf {
        let folder = self.stack.archive_folder().join(format!("month=2026-02/org_id={ORG}"));
        std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
    }

    async fn verify(&self, org: &str) -> Verified {
        let (org, files) = (org.parse().unwrap(), Files::Folder(self.stack.archive_folder()));
        let mut archive = Archive::new(org);
        for name in files.names(&ORG.parse().unwrap()).await.unwrap() {
            match files.read(&name).await {
                Ok(segment) => archive.add(&name, segment),
                Err(_) => archive.add_unreadable(&name),
            }
        }
        archive.verify(&self.newest, Some(&self.older))
    }

    /// What is found with the first file written again.
    async fn with(&self, change: impl Fn(Vec<Column>) -> Vec<Column>, leaves: Leaves) -> Vec<Finding> {
        let (path, bytes) = (self.file(), std::fs::read(self.file()).unwrap());
        std::fs::write(&path, rewritten(bytes.clone(), change, leaves)).unwrap();
        let found = self.verify(ORG).await.findings;
        std::fs::write(path, bytes).unwrap();
        found
    }
}

fn text_of(values: &ArrayRef, row: usize) -> Option<String> {
    let values: &StringArray = values.as_string();
    values.is_valid(row).then(|| values.value(row).to_owned())
}

fn roots(found: &[Finding]) -> bool {
    found.iter().any(|finding| matches!(finding, Finding::OtherRoot(_)))
        && found.iter().any(|finding| matches!(finding, Finding::OtherOlderRoot(_)))
}

#[tokio::test]
async fn an_archive_that_was_not_altered_is_verified() {
    let audited = Audited::start().await;
    assert_eq!(audited.verify(ORG).await, Verified { files: 2, newer: 0, copies: 0, findings: vec![] });
    let same = audited.with(|columns| columns, Leaves::OfItsRows).await;
    assert_eq!(same, [], "written again, with the same values");
}

#[tokio::test]
async fn any_value_of_any_row_that_was_altered_is_found() {
    let audited = Audited::start().await;
    for name in flat::NAMES {
        for row in 0..ROWS {
            let other = if name == "details" { r#"{"n":99}"# } else { "other" };
            let change = |columns| {
                // Another column repeats the addresses.
                let columns = if name == "ip" { with_text(columns, "ip_addresses", row, None) } else { columns };
                with_text(columns, name, row, Some(other))
            };
            let found = audited.with(change, Leaves::OfItsRows).await;
            assert!(roots(&found), "{name} of row {row}: {found:?}");
            let found = audited.with(change, Leaves::AsBefore).await;
            assert!(found.iter().any(|finding| matches!(finding, Finding::Altered(..))), "{name}: {found:?}");
        }
    }
    let null = audited.with(|columns| with_text(columns, "target_name", 0, None), Leaves::OfItsRows).await;
    assert!(roots(&null), "null for empty: {null:?}");
    let later = |values: &ArrayRef| -> ArrayRef {
        let values: &TimestampMicrosecondArray = values.as_primitive::<TimestampMicrosecondType>();
        Arc::new(values.unary::<_, TimestampMicrosecondType>(|us| us + 1).with_timezone("UTC"))
    };
    let found = audited.with(|columns| with(columns, "ingested_at", later), Leaves::OfItsRows).await;
    assert!(roots(&found), "{found:?}");
    for name in ["occurred_at", "ip_addresses"] {
        let change = |columns| match name {
            "occurred_at" => with(columns, name, later),
            _ => with_text(columns, name, 0, None),
        };
        let found = audited.with(change, Leaves::OfItsRows).await;
        assert!(matches!(found[..], [Finding::Altered(..), ..]), "{name} repeats another column: {found:?}");
    }
}

#[tokio::test]
async fn values_that_moved_between_fields_or_rows_are_found() {
    let audited = Audited::start().await;
    // A byte moves from the end of one field to the beginning of the next.
    let shifted = |columns: Vec<Column>| {
        let columns = with_text(columns, "target_id", 0, Some("usr_"));
        with_text(columns, "target_name", 0, Some("7"))
    };
    assert!(roots(&audited.with(shifted, Leaves::OfItsRows).await));
    for (one, other) in [("actor_name", "actor_email"), ("target_id", "failure_reason"), ("action", "category")] {
        let exchanged = |columns: Vec<Column>| {
            let value =
                |name: &str| columns.iter().find(|column| column.0 == name).and_then(|column| text_of(&column.1, 0));
            let (first, second) = (value(one), value(other));
            let columns = with_text(columns, one, 0, second.as_deref());
            with_text(columns, other, 0, first.as_deref())
        };
        assert!(roots(&audited.with(exchanged, Leaves::OfItsRows).await), "{one} and {other}");
    }
    // The events of two rows are exchanged, all but the numbers.
    let swapped = |columns: Vec<Column>| -> Vec<Column> {
        let order = Int64Array::from(vec![1, 0, 2]);
        let swap = |(name, values, nullable): Column| {
            let values = if name == "seq" { values } else { take(&values, &order, None).unwrap() };
            (name, values, nullable)
        };
        columns.into_iter().map(swap).collect()
    };
    assert!(!audited.with(swapped, Leaves::OfItsRows).await.is_empty());
    // The numbers are exchanged.
    let renumbered = |columns: Vec<Column>| {
        with(columns, "seq", |values| {
            let values: &Int64Array = values.as_primitive::<Int64Type>();
            Arc::new(Int64Array::from(vec![values.value(1), values.value(0), values.value(2)]))
        })
    };
    assert!(!audited.with(renumbered, Leaves::AsBefore).await.is_empty());
}

#[tokio::test]
async fn rows_that_are_missing_doubled_or_of_another_org_are_found() {
    let audited = Audited::start().await;
    let (path, bytes) = (audited.file(), std::fs::read(audited.file()).unwrap());
    let copy = path.with_file_name("copy.parquet");
    std::fs::write(&copy, &bytes).unwrap();
    let doubled = audited.verify(ORG).await;
    assert_eq!((doubled.copies, doubled.findings), (1, vec![]), "an equal copy proves and harms nothing");
    let other =
        rewritten(bytes.clone(), |columns| with_text(columns, "result", 1, Some("succeeded")), Leaves::OfItsRows);
    std::fs::write(&copy, other).unwrap();
    assert!(!audited.verify(ORG).await.findings.is_empty(), "a copy with another content");
    std::fs::remove_file(&copy).unwrap();
    let of_other = |columns| with_text(columns, "org_id", 1, Some("victim"));
    assert!(!audited.with(of_other, Leaves::OfItsRows).await.is_empty());
    assert_eq!(
        audited.verify("victim").await.findings,
        [Finding::Missing(0..2 * ROWS as u64)],
        "the files are not its own"
    );
    std::fs::write(&path, b"PAR1").unwrap();
    assert!(matches!(audited.verify(ORG).await.findings[..], [Finding::Unreadable(_), Finding::Missing(_)]));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(audited.verify(ORG).await.findings, [Finding::Missing(0..ROWS as u64)]);
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(audited.verify(ORG).await.findings, []);
}
