//! Buckets, deletes of many, and the service itself.

use std::net::SocketAddr;

use audit_local::error::LocalError;
use audit_local::s3::EmbeddedS3;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use futures::stream::{FuturesUnordered, StreamExt};

use crate::rig::{ANY_PORT, BUCKET, OTHER, Rig, refusal};

#[tokio::test]
async fn buckets_are_folders() {
    let rig = Rig::start().await;
    rig.client.head_bucket().bucket(BUCKET).send().await.unwrap();
    assert!(rig.client.head_bucket().bucket("absent").send().await.unwrap_err().into_service_error().is_not_found());
    rig.client.create_bucket().bucket("new").send().await.unwrap();
    let again = rig.client.create_bucket().bucket("new").send().await;
    assert_eq!(refusal(again), (409, "BucketAlreadyOwnedByYou".to_owned()));
    let rig = rig.restart().await;
    let listed = rig.client.list_buckets().send().await.unwrap();
    let names: Vec<_> = listed.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, [BUCKET, "new", OTHER]);
    let put = rig.client.put_object().bucket("absent").key("k").body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(refusal(put), (404, "NoSuchBucket".to_owned()));
}

#[tokio::test]
async fn many_objects_are_deleted_in_one_request() {
    let rig = Rig::start().await;
    for n in 0..20 {
        rig.put(&format!("k/{n}"), b"x").await;
    }
    let keys = (0..19).map(|n| format!("k/{n}")).chain(["absent".to_owned(), "a//b".to_owned()]);
    let objects = keys.map(|key| ObjectIdentifier::builder().key(key).build().unwrap()).collect();
    let delete = Delete::builder().set_objects(Some(objects)).build().unwrap();
    let deleted = rig.client.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
    assert_eq!(deleted.deleted().len(), 20);
    assert_eq!(deleted.errors().len(), 1);
    assert_eq!((deleted.errors()[0].key(), deleted.errors()[0].code()), (Some("a//b"), Some("InvalidArgument")));
    assert_eq!(rig.keys().await, ["k/19"]);
}

#[tokio::test]
async fn stop_lets_running_requests_finish() {
    let rig = Rig::start().await;
    let body = vec![5; 4 << 20];
    let mut puts: FuturesUnordered<_> = (0..8)
        .map(|n| {
            let put = rig.client.put_object().bucket(BUCKET).key(format!("k{n}"));
            let put = put.body(ByteStream::from(body.clone()));
            async move { (n, put.send().await.is_ok()) }
        })
        .collect();
    let first = puts.next().await.unwrap();
    let (stopped, rest) = futures::join!(rig.s3.stop(), puts.collect::<Vec<_>>());
    stopped.unwrap();
    let rig = Rig::over(rig.folder).await;
    assert!(first.1);
    for (n, acknowledged) in rest.into_iter().chain([first]) {
        assert!(!acknowledged || rig.get(&format!("k{n}")).await == body);
    }
}

#[tokio::test]
async fn the_service_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let outside: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = EmbeddedS3::start(folder.path(), &[], outside).await.unwrap_err();
    assert!(matches!(error, LocalError::NotLoopback(_)));
    let first = EmbeddedS3::start(folder.path(), &[], ANY_PORT).await.unwrap();
    let taken = first.endpoint().replace("http://", "").parse().unwrap();
    let error = EmbeddedS3::start(folder.path(), &[], taken).await.unwrap_err();
    assert!(matches!(error, LocalError::Listen { .. }));
    let error = EmbeddedS3::start(folder.path(), &["../x"], ANY_PORT).await.unwrap_err();
    assert!(matches!(error, LocalError::BucketName(_)));
}
