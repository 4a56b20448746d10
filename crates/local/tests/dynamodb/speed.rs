//! How fast it is, printed; run with `--ignored --nocapture speed`.

use std::time::Instant;

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use futures::stream::{self, StreamExt};

use crate::rig::{Rig, TABLE, item, text};

const ITEMS: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn speed_of_puts_queries_and_deletes() {
    let rig = Rig::start().await;
    let rate = |what: &str, count: usize, since: Instant| {
        println!("{what}: {:.0}/s", count as f64 / since.elapsed().as_secs_f64());
    };
    let key = |n: usize| (format!("acme#{}", n % 4), format!("2026-01-01T00:00:00.{n:06}Z#{n:032}"));

    let start = Instant::now();
    let puts = stream::iter(0..ITEMS).for_each_concurrent(32, |n| {
        let (pk, sk) = key(n);
        let put = rig.client.put_item().table_name(TABLE).condition_expression("attribute_not_exists(pk)");
        let put = put.set_item(Some(item(&pk, &sk, [("v", text("x".repeat(400)))])));
        async move { drop(put.send().await.unwrap()) }
    });
    puts.await;
    rate("conditional puts, 32 in flight", ITEMS, start);

    let start = Instant::now();
    for shard in 0..4 {
        let query = rig.client.query().table_name(TABLE).key_condition_expression("pk = :p").consistent_read(true);
        let query = query.expression_attribute_values(":p", text(format!("acme#{shard}")));
        let pages = query.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
        assert_eq!(pages.len(), ITEMS / 4);
    }
    rate("items read by queries, one at a time", ITEMS, start);

    for (name, in_flight, range) in [("one at a time", 1, 0..ITEMS / 2), ("4 in flight", 4, ITEMS / 2..ITEMS)] {
        let start = Instant::now();
        let numbers: Vec<usize> = range.collect();
        let batches = stream::iter(numbers.chunks(25)).for_each_concurrent(in_flight, |batch| {
            let requests = batch.iter().map(|n| {
                let (pk, sk) = key(*n);
                let delete = DeleteRequest::builder().key("pk", text(pk)).key("sk", text(sk)).build().unwrap();
                WriteRequest::builder().delete_request(delete).build()
            });
            let write = rig.client.batch_write_item().request_items(TABLE, requests.collect());
            async move { drop(write.send().await.unwrap()) }
        });
        batches.await;
        rate(&format!("batches of 25 deletes, {name}"), numbers.len() / 25, start);
    }
}
