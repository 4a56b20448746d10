//! The end of the process in the middle of writes.

use audit_local::s3::EmbeddedS3;
use aws_sdk_s3::primitives::ByteStream;
use futures::future::join_all;

use crate::killed::{self, Killed};
use crate::rig::{ANY_PORT, BUCKET, OTHER, Rig, client, files};

/// Not a test: the process that [`acknowledged_writes_survive_a_kill`] kills.
#[tokio::test]
#[ignore = "started by another test"]
async fn serve_until_killed() {
    let folder = killed::folder();
    let s3 = EmbeddedS3::start(&folder.join("data"), &[BUCKET, OTHER], ANY_PORT).await.unwrap();
    killed::wait(&folder, s3.endpoint()).await;
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let service = Killed::start(folder.path()).await;
    let client = client(&service.endpoint);
    let writers = join_all((0..8).map(|writer| {
        let client = client.clone();
        async move {
            let mut acknowledged = Vec::new();
            for n in 0.. {
                let (key, body) = (format!("w{writer}/{}", n % 50), format!("{n}").repeat(5000));
                let put = client.put_object().bucket(BUCKET).key(&key).content_type(format!("x/{n}"));
                match put.body(ByteStream::from(body.into_bytes())).send().await {
                    Ok(_) => acknowledged.push((key, n)),
                    Err(_) => break,
                }
            }
            acknowledged
        }
    }));
    let (acknowledged, ()) = futures::join!(writers, service.kill_soon());

    let data = folder.path().join("data");
    let s3 = EmbeddedS3::start(&data, &[BUCKET, OTHER], ANY_PORT).await.unwrap();
    let rig = Rig { client: crate::rig::client(&s3.endpoint()), folder: tempfile::tempdir().unwrap(), s3 };
    for written in acknowledged {
        assert!(written.len() > 1);
        let mut last = std::collections::BTreeMap::new();
        last.extend(written);
        for (key, n) in last {
            let got = rig.client.get_object().bucket(BUCKET).key(&key).send().await.unwrap();
            let shown: i32 = got.content_type().unwrap().trim_start_matches("x/").parse().unwrap();
            let body = crate::rig::bytes(got).await;
            assert!(shown == n || shown == n + 50, "{key}: {n}, found {shown}");
            assert_eq!(body, format!("{shown}").repeat(5000).into_bytes(), "{key}: bytes and metadata belong together");
        }
    }
    assert!(files(&data.join(".tmp")).is_empty());
}
