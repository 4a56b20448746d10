//! Transactions: all or nothing, with a cancellation reason for each action.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use futures::future::join_all;

use crate::rig::{Rig, TABLE, item, text};

fn create(sk: &str) -> TransactWriteItem {
    let put = Put::builder().table_name(TABLE).set_item(Some(item("p", sk, [("v", text("new"))])));
    let put = put.condition_expression("attribute_not_exists(pk)");
    let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

/// Raises the head's version from `version`, or creates it.
fn raise(version: u64) -> TransactWriteItem {
    let update = Update::builder().table_name(TABLE).key("pk", text("p")).key("sk", text("head"));
    let update = update.update_expression("SET version = :next");
    let update = match version {
        0 => update.condition_expression("attribute_not_exists(pk)"),
        _ => update
            .condition_expression("version = :now")
            .expression_attribute_values(":now", AttributeValue::N(version.to_string())),
    };
    let update = update.expression_attribute_values(":next", AttributeValue::N((version + 1).to_string()));
    TransactWriteItem::builder().update(update.build().unwrap()).build()
}

#[tokio::test]
async fn a_transaction_is_written_completely_or_not_at_all() {
    let rig = Rig::start().await;
    rig.put(item("p", "b", [("v", text("old"))])).await;
    let actions = [create("a"), create("b"), create("c")].to_vec();
    let error = rig.client.transact_write_items().set_transact_items(Some(actions)).send().await.unwrap_err();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.into_service_error() else {
        panic!("another error");
    };
    let reasons = cancelled.cancellation_reasons();
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap_or_default()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed", "None"]);
    assert_eq!(reasons[1].item().unwrap()["v"], text("old"));
    assert!(rig.get("p", "a").await.is_none() && rig.get("p", "c").await.is_none());

    let actions = (0..99).map(|n| create(&format!("k{n}"))).chain([raise(0)]).collect();
    rig.client.transact_write_items().set_transact_items(Some(actions)).send().await.unwrap();
    assert!(rig.get("p", "k98").await.is_some());
    assert_eq!(rig.get("p", "head").await.unwrap()["version"], AttributeValue::N("1".to_owned()));
}

#[tokio::test]
async fn of_concurrent_commits_on_one_version_one_wins() {
    let rig = Rig::start().await;
    for version in 0..10 {
        let outcomes = join_all((0..16).map(|n| {
            let actions = vec![create(&format!("{version}-{n}")), raise(version)];
            rig.client.transact_write_items().set_transact_items(Some(actions)).send()
        }));
        let outcomes = outcomes.await;
        let winners: Vec<usize> = (0..16).filter(|n| outcomes[*n].is_ok()).collect();
        assert_eq!(winners.len(), 1);
        for n in 0..16 {
            assert_eq!(rig.get("p", &format!("{version}-{n}")).await.is_some(), n == winners[0]);
        }
    }
}

#[tokio::test]
async fn a_repeated_token_is_one_transaction() {
    let rig = Rig::start().await;
    for _ in 0..2 {
        let transaction = rig.client.transact_write_items().client_request_token("same");
        transaction.transact_items(create("a")).send().await.unwrap();
    }
    let other = rig.client.transact_write_items().client_request_token("other").transact_items(create("a"));
    assert!(other.send().await.is_err());
}
