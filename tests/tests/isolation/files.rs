//! A file of another org in the place of an org's own file is refused, regardless of how it got there.

use std::path::{Path, PathBuf};

use audit_core::{Seed, Seq, request};
use audit_local::clients;
use audit_local::stack::{ARCHIVE_BUCKET, buckets};
use audit_segments::{BatchPlace, SegmentWriter};
use audit_tests::api::{Answer, Api};
use audit_tests::walk::Search;
use audit_tests::{ID_KEY, START, TestStack, instant, org};
use aws_sdk_s3::primitives::ByteStream;
use axum::http::StatusCode;

fn events(org: &str) -> Vec<String> {
    let event = |n| {
        format!(
            r#"{{"occurred_at":"2026-11-22T10:00:{n:02}Z","actor":{{"id":"usr_of_{org}"}},"action":"a.b","result":"succeeded","idempotency_key":"{n}"}}"#
        )
    };
    (0..5).map(event).collect()
}

/// The orgs `acme` and `other`, each with one archived segment, with the same number of rows and the same
/// sequence numbers.
async fn start() -> TestStack {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for name in ["acme", "other"] {
        api.provision(name).await;
        api.record(name, &events(name)).await;
    }
    api.archive().await;
    stack
}

fn file(stack: &TestStack, name: &str) -> PathBuf {
    let folder = stack.archive_folder().join("month=2026-11").join(format!("org_id={name}"));
    std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

/// Puts bytes in the place of a file, with the metadata of the store, as a principal with rights to the bucket could.
async fn put(stack: &TestStack, file: &Path, bytes: Vec<u8>) {
    let key = format!("events/{}", file.strip_prefix(stack.archive_folder()).unwrap().display());
    let s3 = clients::s3(&stack.s3_endpoint());
    s3.put_object().bucket(ARCHIVE_BUCKET).key(key).body(ByteStream::from(bytes)).send().await.unwrap();
}

/// Searches as `acme`, and asserts that a segment cannot be read.
async fn unreadable(api: &Api, query: &str) -> Answer {
    let answer = api.get(&format!("/v1/orgs/acme/events?{query}")).await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "segment-unreadable"),
        "{query}: {}",
        answer.text
    );
    answer
}

/// Asserts that `acme` gets nothing at all, that `other` gets its own, and that a pass continues with `other`.
async fn assert_refused(stack: &TestStack) {
    let api = Api::of_another_instance(stack);
    let id = Search::new("other", "").walk(&api, 50).await[0]["id"].as_str().unwrap().to_owned();
    for query in ["", "order=oldest", "actor=usr_of_acme", "result=succeeded&limit=1"] {
        let answer = unreadable(&api, query).await;
        assert!(!answer.text.contains("usr_of_other") && !answer.text.contains("other"), "{}", answer.text);
    }
    assert_ne!(api.get(&format!("/v1/orgs/acme/events/{id}")).await.status, StatusCode::OK);
    assert_eq!(Search::new("other", "").walk(&api, 50).await.len(), 5);

    for name in ["acme", "other"] {
        Api::of(stack).record(name, &events(name)).await;
    }
    let archive =
        audit_segments::SegmentStore::new(clients::s3(&stack.s3_endpoint()), buckets(), audit_compact::CACHE_BYTES);
    let compactor = audit_compact::Compactor::new(stack.tables().clone(), archive, stack.clock.clone(), None);
    let kept = compactor.pass(&org("acme"), true, None).await.unwrap();
    assert_eq!(
        (kept.rows, kept.repeated_rows, kept.rows_quarantined),
        (0, 0, 5),
        "its rows stay hot: the archive may or may not contain them"
    );
    let repeated = compactor.pass(&org("other"), true, None).await.unwrap();
    assert_eq!((repeated.rows, repeated.repeated_rows, repeated.rows_quarantined), (0, 5, 0));
}

#[tokio::test]
async fn another_orgs_file_that_a_failing_disk_put_there_is_refused() {
    let stack = start().await;
    let (mine, theirs) = (file(&stack, "acme"), file(&stack, "other"));
    std::fs::remove_file(&mine).unwrap();
    std::fs::copy(theirs, mine).unwrap();
    assert_refused(&stack).await;
}

#[tokio::test]
async fn another_orgs_file_whose_checksum_the_store_vouches_for_is_refused() {
    let stack = start().await;
    let theirs = std::fs::read(file(&stack, "other")).unwrap();
    put(&stack, &file(&stack, "acme"), theirs).await;
    assert_refused(&stack).await;
}

#[tokio::test]
async fn a_file_that_names_ones_own_org_and_holds_rows_of_another_is_refused() {
    let stack = start().await;
    let stored = |name: &'static str| {
        events(name).into_iter().map(move |event| {
            let mut events = request::read(event.as_bytes(), None, instant(START)).unwrap();
            events.remove(0).into_event(org(name), &ID_KEY, instant(START), 0)
        })
    };
    let mut rows: Vec<_> = stored("acme").take(1).chain(stored("other").skip(1)).collect();
    rows.sort_by_key(|event| event.id);
    // The first row identifies the org of the file.
    assert_eq!(rows[0].org_id, org("acme"));
    let place = BatchPlace { first_seq: Seq(0), index: 0 };
    let mut writer = SegmentWriter::begin(&rows[0], Seq(0), place, Seed([7; 32])).unwrap();
    for row in &rows {
        writer.push(row).unwrap();
    }
    put(&stack, &file(&stack, "acme"), writer.finish(true).unwrap().body.to_vec()).await;
    assert_no_row(&stack).await;
}

/// Asserts that `acme` gets no row of `other`, and none of its own either.
async fn assert_no_row(stack: &TestStack) {
    let api = Api::of_another_instance(stack);
    for query in ["", "order=oldest", "actor=usr_of_acme"] {
        let answer = unreadable(&api, query).await;
        assert!(!answer.text.contains("usr_of_other"), "{}", answer.text);
    }
}
