//! Stops: asked for, and by force.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use audit_local::dynamodb::EmbeddedDynamoDb;
use audit_local::error::LocalError;
use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};

use crate::rig::{ANY_PORT, Rig, TABLE, client, create_table, item, text};

const FOLDER: &str = "EMBEDDED_DYNAMODB_FOLDER";

/// Not a test: the process that [`what_was_acknowledged_survives_a_kill`] kills.
#[tokio::test]
#[ignore = "started by another test"]
async fn serve_until_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let dynamodb = EmbeddedDynamoDb::start(&folder.join("below/tables.sqlite"), ANY_PORT).await.unwrap();
    std::fs::write(folder.join("new"), dynamodb.endpoint()).unwrap();
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
    let client = client(&endpoint(folder.path()).await, "any");
    create_table(&client).await;
    let writers = join_all((0..16).map(|writer| {
        let client = client.clone();
        async move {
            let mut acknowledged = 0;
            loop {
                let put = item(&format!("w{writer}"), &format!("{acknowledged:08}"), [("v", text("x".repeat(500)))]);
                match client.put_item().table_name(TABLE).set_item(Some(put)).send().await {
                    Ok(_) => acknowledged += 1,
                    Err(_) => return acknowledged,
                }
            }
        }
    }));
    let killer = async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    };
    let (acknowledged, ()) = futures::join!(writers, killer);
    let rig = Rig::over(folder).await;
    for (writer, acknowledged) in acknowledged.into_iter().enumerate() {
        assert!(acknowledged > 1);
        let query = rig.client.query().table_name(TABLE).key_condition_expression("pk = :p");
        let query = query.expression_attribute_values(":p", text(format!("w{writer}"))).consistent_read(true);
        let pages = query.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
        assert!(
            pages.len() == acknowledged || pages.len() == acknowledged + 1,
            "{acknowledged}, found {}",
            pages.len()
        );
    }
}

#[tokio::test]
async fn stop_lets_running_requests_finish_and_writes_the_log_back() {
    let rig = Rig::start().await;
    let mut puts: FuturesUnordered<_> = (0..50)
        .map(|n| {
            let put = rig.client.put_item().table_name(TABLE).set_item(Some(item("p", &format!("{n}"), [])));
            async move { (n, put.send().await.is_ok()) }
        })
        .collect();
    let first = puts.next().await.unwrap();
    assert!(first.1);
    let (folder, dynamodb) = rig.into_embedded();
    let (stopped, rest) = futures::join!(dynamodb.stop(), puts.collect::<Vec<_>>());
    stopped.unwrap();
    let log = folder.path().join("below/tables.sqlite-wal");
    assert!(!log.exists(), "the file alone holds everything");
    let rig = Rig::over(folder).await;
    for (n, acknowledged) in rest.into_iter().chain([first]) {
        assert!(!acknowledged || rig.get("p", &n.to_string()).await.is_some());
    }
}

#[tokio::test]
async fn a_start_that_cannot_work_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.sqlite");
    let outside = "0.0.0.0:0".parse().unwrap();
    assert!(matches!(EmbeddedDynamoDb::start(&file, outside).await, Err(LocalError::NotLoopback(_))));
    std::fs::write(&file, "this is no database, ".repeat(100)).unwrap();
    assert!(matches!(EmbeddedDynamoDb::start(&file, ANY_PORT).await, Err(LocalError::Database { .. })));
}
