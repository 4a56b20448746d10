//! Copies: conditional on both sides.

use aws_sdk_s3::operation::copy_object::builders::CopyObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, MetadataDirective};
use futures::future::join_all;

use crate::rig::{BUCKET, OTHER, Rig, files, rejection};

fn copy(rig: &Rig, from: &str, to: &str) -> CopyObjectFluentBuilder {
    rig.client.copy_object().bucket(BUCKET).copy_source(format!("{BUCKET}/{from}")).key(to)
}

fn precondition() -> (u16, String) {
    (412, "PreconditionFailed".to_owned())
}

#[tokio::test]
async fn of_16_concurrent_creating_copies_one_wins() {
    let rig = Rig::start().await;
    for source in 0..16 {
        rig.put(&format!("from/{source}"), format!("body {source}").as_bytes()).await;
    }
    for round in 0..20 {
        let to = format!("to/{round}");
        let outcomes = join_all((0..16).map(|n| copy(&rig, &format!("from/{n}"), &to).if_none_match("*").send())).await;
        let winners: Vec<usize> = (0..16).filter(|n| outcomes[*n].is_ok()).collect();
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(rejection(outcome), precondition());
        }
        assert_eq!(winners.len(), 1, "round {round}");
        assert_eq!(rig.get(&to).await, format!("body {}", winners[0]).as_bytes());
    }
}

#[tokio::test]
async fn a_create_only_copy_keeps_the_existing_object() {
    let rig = Rig::start().await;
    rig.put("a", b"a").await;
    let before = rig.put("b", b"b").await;
    assert_eq!(rejection(copy(&rig, "a", "b").if_none_match("*").send().await), precondition());
    assert_eq!(rig.get("b").await, b"b");
    copy(&rig, "a", "b").if_match(&before).send().await.unwrap();
    assert_eq!(rig.get("b").await, b"a");
    assert_eq!(rejection(copy(&rig, "a", "b").if_match(&before).send().await), precondition());
}

#[tokio::test]
async fn a_copy_of_another_version_than_requested_is_rejected() {
    let rig = Rig::start().await;
    let first = rig.put("a", b"1").await;
    let second = rig.put("a", b"2").await;
    assert_eq!(rejection(copy(&rig, "a", "b").copy_source_if_match(&first).send().await), precondition());
    assert!(!rig.exists("b").await);
    copy(&rig, "a", "b").copy_source_if_match(&second).if_none_match("*").send().await.unwrap();
    assert_eq!(rig.get("b").await, b"2");
    assert_eq!(rejection(copy(&rig, "a", "c").copy_source_if_none_match(&second).send().await), precondition());
}

#[tokio::test]
async fn the_compared_version_is_the_one_copied() {
    let rig = Rig::start().await;
    let wanted = rig.put("a", &vec![1; 500_000]).await;
    let other = vec![2; 500_000];
    for round in 0..30 {
        let to = format!("to/{round}");
        let (copied, _) =
            futures::join!(copy(&rig, "a", &to).copy_source_if_match(&wanted).send(), rig.put("a", &other));
        match copied {
            Ok(_) => assert!(rig.get(&to).await.iter().all(|byte| *byte == 1)),
            Err(error) => assert_eq!(rejection(Err::<(), _>(error)), precondition()),
        }
        rig.put("a", &vec![1; 500_000]).await;
    }
}

#[tokio::test]
async fn a_missing_source_is_no_such_key() {
    let rig = Rig::start().await;
    assert_eq!(rejection(copy(&rig, "absent", "b").send().await), (404, "NoSuchKey".to_owned()));
    let elsewhere = rig.client.copy_object().bucket(BUCKET).key("b").copy_source("no-such-bucket/a");
    assert_eq!(rejection(elsewhere.send().await), (404, "NoSuchBucket".to_owned()));
}

#[tokio::test]
async fn a_copy_keeps_checksum_and_metadata_across_buckets() {
    let rig = Rig::start().await;
    let put = rig.client.put_object().bucket(OTHER).key("s/1 ü=").body(ByteStream::from_static(b"hello"));
    let put = put.content_type("x/parquet").metadata("a", "b").checksum_algorithm(ChecksumAlgorithm::Sha256);
    let put = put.send().await.unwrap();
    let source = format!("{OTHER}/s/1%20%C3%BC=");
    let copied = rig.client.copy_object().bucket(BUCKET).key("k").copy_source(source).send().await.unwrap();
    let result = copied.copy_object_result().unwrap();
    assert_eq!(result.e_tag(), put.e_tag());
    assert_eq!(result.checksum_sha256(), put.checksum_sha256());
    let head = rig.client.head_object().bucket(BUCKET).key("k").checksum_mode(ChecksumMode::Enabled);
    let head = head.send().await.unwrap();
    assert_eq!(head.e_tag(), put.e_tag());
    assert_eq!(head.checksum_sha256(), put.checksum_sha256());
    assert_eq!(head.content_type(), Some("x/parquet"));
    assert_eq!(head.metadata().unwrap()["a"], "b");
    rig.client.delete_object().bucket(OTHER).key("s/1 ü=").send().await.unwrap();
    assert_eq!(rig.get("k").await, b"hello", "the copy does not depend on its source");
}

#[tokio::test]
async fn a_copy_can_replace_the_metadata_and_add_a_checksum() {
    let rig = Rig::start().await;
    rig.put("a", b"hello").await;
    let replaced = copy(&rig, "a", "a").metadata_directive(MetadataDirective::Replace).content_type("x/new");
    let replaced = replaced.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    let sha256 = replaced.copy_object_result().unwrap().checksum_sha256();
    assert_eq!(sha256, Some("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="));
    let head = rig.client.head_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(head.content_type(), Some("x/new"));
}

#[tokio::test]
async fn repeating_a_copy_leaves_no_extra_file() {
    let rig = Rig::start().await;
    rig.put("a", b"a").await;
    for _ in 0..3 {
        copy(&rig, "a", "b").send().await.unwrap();
        copy(&rig, "a", "a").send().await.unwrap();
    }
    assert_eq!(files(&rig.folder.path().join(BUCKET)).len(), 2);
    assert!(files(&rig.folder.path().join(".tmp")).is_empty());
    assert_eq!(files(&rig.folder.path().join(".meta")).len(), 2);
    rig.put("a", b"changed").await;
    assert_eq!(rig.get("b").await, b"a", "an overwrite of the source does not change the copy");
}
