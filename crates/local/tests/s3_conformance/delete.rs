//! Deletes: conditional, and repeatable.

use crate::rig::{BUCKET, Rig, rejection};

#[tokio::test]
async fn a_conditional_delete_removes_only_the_version_that_it_names() {
    let rig = Rig::start().await;
    let old = rig.put("k", b"old").await;
    let new = rig.put("k", b"new").await;
    let delete = || rig.client.delete_object().bucket(BUCKET).key("k");
    assert_eq!(rejection(delete().if_match(&old).send().await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(rig.get("k").await, b"new");
    delete().if_match(&new).send().await.unwrap();
    assert!(!rig.exists("k").await);
    assert_eq!(rejection(delete().if_match(&new).send().await), (404, "NoSuchKey".to_owned()));
    rig.put("k", b"again").await;
    delete().if_match("*").send().await.unwrap();
    assert!(!rig.exists("k").await);
}

#[tokio::test]
async fn of_concurrent_conditional_deletes_and_overwrites_one_wins() {
    let rig = Rig::start().await;
    for _ in 0..20 {
        let etag = rig.put("k", b"old").await;
        let delete = rig.client.delete_object().bucket(BUCKET).key("k").if_match(&etag).send();
        let body = aws_sdk_s3::primitives::ByteStream::from_static(b"new");
        let put = rig.client.put_object().bucket(BUCKET).key("k").body(body).if_match(&etag).send();
        let (deleted, put) = futures::join!(delete, put);
        assert!(deleted.is_ok() != put.is_ok());
        assert_eq!(rig.exists("k").await, put.is_ok());
    }
}

#[tokio::test]
async fn deleting_the_last_key_removes_its_folders() {
    let rig = Rig::start().await;
    rig.put("a/b/c", b"1").await;
    rig.client.delete_object().bucket(BUCKET).key("a/b/c").send().await.unwrap();
    rig.client.delete_object().bucket(BUCKET).key("a/b/c").send().await.unwrap();
    assert!(!rig.file("a").exists() && rig.folder.path().join(BUCKET).exists());
    assert!(rig.keys().await.is_empty());
}
