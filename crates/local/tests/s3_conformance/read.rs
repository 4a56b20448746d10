//! Reads: ranges and conditions.

use aws_sdk_s3::types::ChecksumMode;

use crate::rig::{BUCKET, Rig, bytes, noise, rejection, signed};

#[tokio::test]
async fn a_range_is_a_part_of_the_object() {
    let rig = Rig::start().await;
    let body = noise(3_000_000, 2);
    rig.put("k", &body).await;
    let size = body.len();
    let cases = [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=0-99".to_owned(), 0..100),
        ("bytes=2999999-".to_owned(), size - 1..size),
        ("bytes=1000-2500000".to_owned(), 1000..2_500_001),
        ("bytes=2999000-9999999".to_owned(), size - 1000..size),
        ("bytes=-8".to_owned(), size - 8..size),
        ("bytes=-9999999".to_owned(), 0..size),
    ];
    for (range, expected) in cases {
        let got = rig.client.get_object().bucket(BUCKET).key("k").range(&range).send().await.unwrap();
        let shown = format!("bytes {}-{}/{size}", expected.start, expected.end - 1);
        assert_eq!(got.content_range(), Some(shown.as_str()), "{range}");
        assert_eq!(got.content_length(), Some(expected.len() as i64), "{range}");
        assert_eq!(got.checksum_crc32(), None, "a checksum of the whole object does not cover a range");
        assert!(bytes(got).await == body[expected], "{range}");
    }
}

#[tokio::test]
async fn a_range_past_the_end_is_416() {
    let rig = Rig::start().await;
    rig.put("k", b"hello").await;
    rig.put("empty", b"").await;
    for (key, range) in
        [("k", "bytes=5-"), ("k", "bytes=9-12"), ("k", "bytes=-0"), ("empty", "bytes=0-"), ("empty", "bytes=-1")]
    {
        let got = rig.client.get_object().bucket(BUCKET).key(key).range(range).send().await;
        assert_eq!(rejection(got), (416, "InvalidRange".to_owned()), "{key} {range}");
    }
}

#[tokio::test]
async fn conditions_are_those_of_http() {
    let rig = Rig::start().await;
    let old = rig.put("k", b"old").await;
    let new = rig.put("k", b"new").await;
    let get = || rig.client.get_object().bucket(BUCKET).key("k");
    assert_eq!(bytes(get().if_match(&new).send().await.unwrap()).await, b"new");
    assert_eq!(rejection(get().if_match(&old).send().await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(bytes(get().if_none_match(&old).send().await.unwrap()).await, b"new");
    assert_eq!(rejection(get().if_none_match(&new).send().await).0, 304);
    let head = rig.client.head_object().bucket(BUCKET).key("k");
    assert_eq!(rejection(head.clone().if_match(&old).send().await).0, 412);
    let changed = *head.clone().send().await.unwrap().last_modified().unwrap();
    assert_eq!(rejection(head.clone().if_modified_since(changed).send().await).0, 304);
    head.if_unmodified_since(changed).send().await.unwrap();
}

#[tokio::test]
async fn an_absent_object_is_404() {
    let rig = Rig::start().await;
    rig.put("file", b"x").await;
    rig.put("folder/file", b"x").await;
    for key in ["absent", "folder", "file/below", "folder/absent/deep"] {
        let got = rig.client.get_object().bucket(BUCKET).key(key).send().await;
        assert_eq!(rejection(got), (404, "NoSuchKey".to_owned()), "{key}");
        let head = rig.client.head_object().bucket(BUCKET).key(key).send().await;
        assert!(head.unwrap_err().into_service_error().is_not_found(), "{key}");
    }
    let elsewhere = rig.client.get_object().bucket("no-such-bucket").key("k").send().await;
    assert_eq!(rejection(elsewhere), (404, "NoSuchBucket".to_owned()));
    let version = rig.client.get_object().bucket(BUCKET).key("file").version_id("3").send().await;
    assert_eq!(rejection(version), (404, "NoSuchVersion".to_owned()));
}

#[tokio::test]
async fn a_file_that_was_copied_into_the_folder_is_an_object() {
    let rig = Rig::start().await;
    std::fs::create_dir_all(rig.file("by")).unwrap();
    std::fs::write(rig.file("by/hand.parquet"), b"hello").unwrap();
    let listed = rig.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(listed.contents()[0].e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let head = rig.client.head_object().bucket(BUCKET).key("by/hand.parquet").checksum_mode(ChecksumMode::Enabled);
    assert_eq!(head.send().await.unwrap().e_tag(), listed.contents()[0].e_tag());
    assert_eq!(rig.get("by/hand.parquet").await, b"hello");
    std::fs::write(rig.file("by/hand.parquet"), b"changed").unwrap();
    assert_eq!(rig.get("by/hand.parquet").await, b"changed");
}

#[tokio::test]
async fn another_signature_is_rejected() {
    let rig = Rig::start().await;
    let stranger = signed(&rig.s3.endpoint(), "wrong");
    let listed = stranger.list_objects_v2().bucket(BUCKET).send().await;
    assert_eq!(rejection(listed), (403, "SignatureDoesNotMatch".to_owned()));
}
