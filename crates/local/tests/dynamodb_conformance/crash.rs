//! The end of the process: requested, and in the middle of writes.

use audit_local::dynamodb::EmbeddedDynamoDb;
use audit_local::error::LocalError;
use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use crate::killed::{self, Killed};
use crate::rig::{ANY_PORT, Rig, TABLE, client, create_table, item, text};

/// Not a test: the process that [`acknowledged_writes_survive_a_kill`] kills.
#[tokio::test]
#[ignore = "started by another test"]
async fn serve_until_killed() {
    let folder = killed::folder();
    let dynamodb = EmbeddedDynamoDb::start(&folder.join("below/tables.sqlite"), ANY_PORT).await.unwrap();
    killed::wait(&folder, dynamodb.endpoint()).await;
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let service = Killed::start(folder.path()).await;
    let client = client(&service.endpoint, "any");
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
    let (acknowledged, ()) = futures::join!(writers, service.kill_soon());
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
    let (stopped, rest) = futures::join!(dynamodb.stop(Instant::now()), puts.collect::<Vec<_>>());
    stopped.unwrap();
    let log = folder.path().join("below/tables.sqlite-wal");
    assert!(!log.exists(), "only the database file remains");
    let rig = Rig::over(folder).await;
    for (n, acknowledged) in rest.into_iter().chain([first]) {
        assert!(!acknowledged || rig.get("p", &n.to_string()).await.is_some());
    }
}

#[tokio::test]
async fn a_failed_start_names_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.sqlite");
    let outside = "0.0.0.0:0".parse().unwrap();
    assert!(matches!(EmbeddedDynamoDb::start(&file, outside).await, Err(LocalError::NotLoopback(_))));
    std::fs::write(&file, "this is not a database, ".repeat(100)).unwrap();
    assert!(matches!(EmbeddedDynamoDb::start(&file, ANY_PORT).await, Err(LocalError::Database(..))));
}
