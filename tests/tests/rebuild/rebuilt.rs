//! A ledger that was lost, that went back in time, or that is another one, becomes what the claims say.

use audit_core::{BatchRecord, Head, Seq};
use audit_local::stack::table_names;
use audit_recovery::{RebuildError, Refusal, check};
use audit_tables::{LedgerItem, TableNames, Tables, Written};
use audit_tests::acme::{ORG, acme, all_events, events, start};
use audit_tests::api::Api;
use audit_tests::lost::{copied, kinds, lose_head, lose_ledger, put, rebuilder, restore};
use audit_tests::steps::{STOPS, Stop, pass_until};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::restore::*;

#[tokio::test]
async fn a_lost_ledger_says_again_what_it_said() {
    let (stack, api) = two_batches().await;
    api.record(ORG, &events(5, 3, 2_000)).await;
    let before = all_events(&api).await;
    let ledger_before = ledger(&stack).await;
    lose_ledger(&stack, &acme()).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.generation, rebuilt.claims, rebuilt.segments), (Some(1), 5, 22));
    assert_eq!((rebuilt.next_seq, rebuilt.settled), (Seq(260), None));
    let ledger_after = ledger(&stack).await;
    assert!(listed(&ledger_after) == listed(&ledger_before));
    assert_eq!(
        (ledger_after.claims[..4].to_vec(), kinds(&stack, &acme()).await),
        (ledger_before.claims, "bpbpr".into())
    );
    assert_restored(stack, &before, 15).await;
}

#[tokio::test]
async fn a_ledger_of_the_past_becomes_that_of_the_present_whatever_was_open_then() {
    for stop in STOPS {
        let (stack, api) = start().await;
        api.record(ORG, &events(12, 5, 0)).await;
        api.archive().await;
        api.record(ORG, &events(10, 20, 1_000)).await;
        pass_until(&stack, stop).await;
        let older = copied(&stack).await;
        api.archive().await;
        api.record(ORG, &events(2, 3, 3_000)).await;
        api.archive().await;
        let (before, now) = (all_events(&api).await, ledger(&stack).await);
        restore(&stack, &acme(), &older).await;
        assert_eq!(rebuilt(&stack).await.unwrap().generation, Some(1), "{stop:?}");
        assert!(listed(&ledger(&stack).await) == listed(&now), "{stop:?}");
        let version = ledger(&stack).await.head.unwrap().version;
        assert!(version > now.head.unwrap().version, "no worker has that version");
        assert_restored(stack, &before, 0).await;
    }
}

/// H-12: a restored table may contain a part of a transaction.
#[tokio::test]
async fn a_copy_in_another_table_gets_the_items_that_it_lacks_and_loses_those_that_no_claim_names() {
    let (stack, api) = two_batches().await;
    let (before, now) = (all_events(&api).await, ledger(&stack).await);
    let names = TableNames { ledger: "audit-ledger-restored".to_owned(), ..table_names() };
    let restored = Tables::new(stack.dynamodb(), names);
    restored.create_missing().await.unwrap();
    let mut items = copied(&stack).await;
    const SK: [&str; 2] = ["batch#00000000000000000060", "claim#00000000000000000002"];
    let is_kept = |sk: &str| !sk.starts_with("seg#2010-03") && !SK.contains(&sk);
    items.retain(|item| is_kept(item["sk"].as_s().unwrap()));
    put(&stack, restored.ledger.name(), &items).await;
    let mut stray = now.segments[3].clone();
    (stray.first_seq, stray.rows) = (Seq(260), 7);
    let batch = BatchRecord::of(Seq(260), std::slice::from_ref(&stray));
    let head = restored.ledger.head(&acme()).await.unwrap();
    let strays = [LedgerItem::Segment(&stray), LedgerItem::Batch(&batch)];
    assert_eq!(restored.ledger.put_under(&acme(), &head, &strays).await.unwrap(), Written::Applied);

    let rebuilder = audit_recovery::Rebuilder::new(restored.clone(), stack.archive().clone());
    let rebuilt = rebuilder.waiting(std::time::Duration::ZERO).org(&acme()).await.unwrap();
    assert_eq!((rebuilt.generation, rebuilt.next_seq), (Some(1), Seq(260)));
    assert!(listed(&restored.ledger.whole(&acme()).await.unwrap()) == listed(&now));
    assert!(check::org(&restored, stack.archive(), &acme()).await.unwrap().is_sound());
    // From now on the table before it is refused.
    let old = Api::of_another_instance(&stack).get(&format!("/v1/orgs/{ORG}/events")).await;
    assert_eq!(old.problem(), "ledger-behind");
    assert!(stack.compactor().pass(&acme(), true, None).await.unwrap_err().is_refusal());
    assert_eq!(before.len(), 260);
}

#[tokio::test]
async fn a_ledger_that_agrees_is_left_as_it_is_also_while_a_batch_is_open() {
    for stop in STOPS {
        let (stack, api) = start().await;
        api.record(ORG, &events(10, 20, 0)).await;
        let before = all_events(&api).await;
        pass_until(&stack, stop).await;
        let (head, chain) = (ledger(&stack).await.head, kinds(&stack, &acme()).await);
        assert_eq!(rebuilt(&stack).await.unwrap().generation, None, "{stop:?}");
        assert_eq!((ledger(&stack).await.head, kinds(&stack, &acme()).await), (head, chain), "{stop:?}");
        let fresh = if stop == Stop::Staged { 200 } else { 0 };
        assert_restored(stack, &before, fresh).await;
    }
}

#[tokio::test]
async fn a_ledger_that_contradicts_its_claims_follows_them() {
    let (stack, api) = two_batches().await;
    let (before, now) = (all_events(&api).await, ledger(&stack).await);
    let ledger_table = &stack.tables().ledger;
    let head = now.head.clone().unwrap();
    let mut other = now.segments.iter().find(|segment| segment.first_seq == Seq(60)).cloned().unwrap();
    other.rows += 1;
    let damaged = Head { version: head.version + 1, next_seq: Seq(261), ..head.clone() };
    ledger_table.put_under(&acme(), &head, &[LedgerItem::Segment(&other)]).await.unwrap();
    ledger_table.replace_head(&acme(), &head, &damaged).await.unwrap();
    assert_eq!(rebuilt(&stack).await.unwrap().generation, Some(1));
    assert!(listed(&ledger(&stack).await) == listed(&now));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn a_lost_head_is_written_again() {
    let (stack, api) = two_batches().await;
    let (before, now) = (all_events(&api).await, ledger(&stack).await);
    lose_head(&stack, &acme()).await;
    assert_eq!(rebuilt(&stack).await.unwrap().next_seq, Seq(260));
    assert!(listed(&ledger(&stack).await) == listed(&now));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn an_org_with_a_void_batch_and_an_earlier_rebuild_is_rebuilt() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    pass_until(&stack, Stop::Claimed).await;
    expire_staged(&stack);
    api.archive().await;
    for generation in 1..=2 {
        let before = all_events(&Api::of_another_instance(&stack)).await;
        lose_ledger(&stack, &acme()).await;
        assert_eq!(rebuilt(&stack).await.unwrap().generation, Some(generation));
        assert!(all_events(&Api::of_another_instance(&stack)).await == before);
        api.record(ORG, &events(2, 2, 100 * generation as usize)).await;
        Api::of(&stack).archive().await;
    }
    assert_eq!(kinds(&stack, &acme()).await, "bvbprbprbp");
    let before = all_events(&Api::of_another_instance(&stack)).await;
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn an_org_is_unknown_only_where_nothing_of_it_is_there() {
    let (stack, _) = two_batches().await;
    let unknown = audit_tests::org("nobody");
    let refused = rebuilder(&stack).org(&unknown).await;
    assert!(matches!(refused, Err(RebuildError::Refused(Refusal::Unknown(org))) if org == unknown));
    let check = check::org(stack.tables(), stack.archive(), &unknown).await;
    assert!(matches!(check, Err(check::CheckError::UnknownOrg(_))));

    let key = [("org_id".to_owned(), AttributeValue::S(ORG.to_owned()))].into();
    let delete = stack.dynamodb().delete_item().table_name(table_names().orgs).set_key(Some(key));
    delete.send().await.unwrap();
    assert!(stack.tables().orgs.get(&acme()).await.unwrap().is_none());
    checked(&stack).await;
    lose_ledger(&stack, &acme()).await;
    assert_eq!(rebuilt(&stack).await.unwrap().next_seq, Seq(260));
    checked(&stack).await;
}
