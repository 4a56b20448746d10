//! The end of the process in the middle of writes.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use audit_local::s3::EmbeddedS3;
use aws_sdk_s3::primitives::ByteStream;
use futures::future::join_all;

use crate::rig::{ANY_PORT, BUCKET, OTHER, Rig, client, files};

const FOLDER: &str = "EMBEDDED_S3_FOLDER";

/// Not a test: the process that [`what_was_acknowledged_survives_a_kill`] kills.
#[tokio::test]
#[ignore = "started by another test"]
async fn serve_until_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let s3 = EmbeddedS3::start(&folder.join("data"), &[BUCKET, OTHER], ANY_PORT).await.unwrap();
    std::fs::write(folder.join("new"), s3.endpoint()).unwrap();
    std::fs::rename(folder.join("new"), folder.join("endpoint")).unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
}

fn spawn(folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let command = command.args(["--exact", "crash::serve_until_killed", "--ignored"]).stdout(Stdio::null());
    command.env(FOLDER, folder).spawn().unwrap()
}

async fn endpoint(folder: &Path) -> String {
    loop {
        match std::fs::read_to_string(folder.join("endpoint")) {
            Ok(endpoint) => return endpoint,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = spawn(folder.path());
    let client = client(&endpoint(folder.path()).await);
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
    let killer = async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    };
    let (acknowledged, ()) = futures::join!(writers, killer);

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
            assert_eq!(body, format!("{shown}").repeat(5000).into_bytes(), "{key}: bytes and description agree");
        }
    }
    assert!(files(&data.join(".tmp")).is_empty());
}
