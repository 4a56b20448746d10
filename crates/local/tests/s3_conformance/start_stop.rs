//! How the service starts and stops.

use std::net::SocketAddr;

use audit_local::error::LocalError;
use audit_local::s3::EmbeddedS3;
use aws_sdk_s3::primitives::ByteStream;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use crate::rig::{ANY_PORT, BUCKET, Rig, rejection};

#[tokio::test]
async fn an_absent_bucket_takes_nothing() {
    let rig = Rig::start().await;
    let put = rig.client.put_object().bucket("absent").key("k").body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(rejection(put), (404, "NoSuchBucket".to_owned()));
    assert!(!rig.folder.path().join("absent").exists());
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
    let (stopped, rest) = futures::join!(rig.s3.stop(Instant::now()), puts.collect::<Vec<_>>());
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
    assert!(matches!(error, LocalError::Listen(..)));
    let error = EmbeddedS3::start(folder.path(), &["../x"], ANY_PORT).await.unwrap_err();
    assert!(matches!(error, LocalError::BucketName(_)));
}
