//! Single items: values are preserved, and conditions are checked.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, ReturnValuesOnConditionCheckFailure, WriteRequest};
use futures::future::join_all;

use crate::rig::{Rig, TABLE, item, text};

#[tokio::test]
async fn an_item_is_returned_unchanged() {
    let rig = Rig::start().await;
    let number = |value: &str| AttributeValue::N(value.to_owned());
    let values = [
        ("empty", text("")),
        ("nul", text("a\0b\0")),
        ("wide", text("é日😀\u{10ffff}\u{feff}")),
        ("control", text("\u{1}\u{1f}\u{7f}\"\\/\r\n\t")),
        ("large", text("x".repeat(300_000))),
        ("json", text(r#"{"b":1,"a":1.0,"n":12345678901234567890123}"#)),
        ("bytes", AttributeValue::B(Blob::new((0..=255).collect::<Vec<u8>>()))),
        ("no_bytes", AttributeValue::B(Blob::new(Vec::new()))),
        ("true", AttributeValue::Bool(true)),
        ("null", AttributeValue::Null(true)),
        ("small", number("-1")),
        ("long", number("12345678901234567890123456789012345678")),
        ("fraction", number("0.000001")),
        ("list", AttributeValue::L(vec![text(""), number("2"), AttributeValue::L(vec![])])),
        ("map", AttributeValue::M([("k".to_owned(), text("v"))].into())),
        ("set", AttributeValue::Ss(vec!["a".to_owned(), "b".to_owned()])),
    ];
    let stored = item("acme#0", "2026-01-01T00:00:00.000000Z#1", values);
    rig.put(stored.clone()).await;
    let found = rig.get("acme#0", "2026-01-01T00:00:00.000000Z#1").await.unwrap();
    for (name, value) in &stored {
        assert!(found.get(name) == Some(value), "{name}: {:.200}", format!("{:?}", found.get(name)));
    }
    assert_eq!(found.len(), stored.len());
    let rig = rig.restart().await;
    assert!(rig.get("acme#0", "2026-01-01T00:00:00.000000Z#1").await == Some(stored));
}

#[tokio::test]
async fn keys_may_contain_any_text() {
    let rig = Rig::start().await;
    for key in ["a\0b", "\0", "😀", "é", "é ", "a'b\"--;", "\u{10ffff}"] {
        rig.put(item(key, key, [("v", text(key))])).await;
    }
    for key in ["a\0b", "\0", "😀", "é", "é ", "a'b\"--;", "\u{10ffff}"] {
        assert_eq!(rig.get(key, key).await.unwrap()["v"], text(key), "{key:?}");
    }
}

#[tokio::test]
async fn a_second_create_fails_and_returns_the_stored_item() {
    let rig = Rig::start().await;
    let create = |value: &str| {
        let put = rig.client.put_item().table_name(TABLE).set_item(Some(item("p", "s", [("v", text(value))])));
        put.condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
    };
    create("first").await.unwrap();
    let error = create("second").await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("{error:?}");
    };
    assert_eq!(failed.item().unwrap()["v"], text("first"));
    assert_eq!(rig.get("p", "s").await.unwrap()["v"], text("first"));
}

#[tokio::test]
async fn of_50_concurrent_creates_one_wins_and_50_puts_all_land() {
    let rig = Rig::start().await;
    let creates = join_all((0..50).map(|n| {
        let put = rig.client.put_item().table_name(TABLE).condition_expression("attribute_not_exists(pk)");
        put.set_item(Some(item("p", "same", [("v", AttributeValue::N(n.to_string()))]))).send()
    }));
    let outcomes = creates.await;
    let winners: Vec<usize> = (0..50).filter(|n| outcomes[*n].is_ok()).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(rig.get("p", "same").await.unwrap()["v"], AttributeValue::N(winners[0].to_string()));
    join_all((0..50).map(|n| rig.put(item("q", &format!("{n:03}"), [])))).await;
    let found = rig.client.query().table_name(TABLE).key_condition_expression("pk = :p").consistent_read(true);
    assert_eq!(found.expression_attribute_values(":p", text("q")).send().await.unwrap().count(), 50);
}

#[tokio::test]
async fn a_batch_deletes_25_items() {
    let rig = Rig::start().await;
    join_all((0..30).map(|n| rig.put(item("p", &format!("{n:02}"), [])))).await;
    let delete = |n: usize| {
        let request = DeleteRequest::builder().key("pk", text("p")).key("sk", text(format!("{n:02}")));
        WriteRequest::builder().delete_request(request.build().unwrap()).build()
    };
    let batch = |n| rig.client.batch_write_item().request_items(TABLE, (0..n).map(delete).collect()).send();
    let written = batch(25).await.unwrap();
    assert!(written.unprocessed_items().is_none_or(|left| left.is_empty()));
    assert!(batch(26).await.is_err());
    let left = rig.client.query().table_name(TABLE).key_condition_expression("pk = :p").consistent_read(true);
    assert_eq!(left.expression_attribute_values(":p", text("p")).send().await.unwrap().count(), 5);
}

#[tokio::test]
async fn an_item_over_400_kb_is_rejected() {
    let rig = Rig::start().await;
    let put = |bytes| {
        let large = item("p", "s", [("v", text("x".repeat(bytes)))]);
        rig.client.put_item().table_name(TABLE).set_item(Some(large)).send()
    };
    put(409_000).await.unwrap();
    assert!(put(410_000).await.is_err());
}
