//! The ledger of another table, another bucket, or another history of the same org (H-11).

use std::time::Duration;

use audit_compact::Compactor;
use audit_core::LedgerRefusal;
use audit_http::{CallerSource, service};
use audit_local::clients;
use audit_local::stack::{buckets, table_names};
use audit_segments::{Buckets, SegmentStore};
use audit_tables::{TableNames, Tables};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, event, events, start};
use audit_tests::api::Api;
use audit_tests::lost::{copied, put};

use crate::ledger::{assert_stops, problems};

/// A worker and a reader over other stores.
fn over(stack: &TestStack, tables: &Tables, archive: &SegmentStore) -> (Compactor, Api) {
    let worker = Compactor::new(tables.clone(), archive.clone(), stack.clock.clone(), None);
    let routes = audit_query::routes(tables.clone(), archive.clone(), stack.clock.clone(), Duration::from_secs(600));
    (worker, Api::new(service::framed(routes, CallerSource::Local)))
}

#[tokio::test]
async fn a_ledger_that_was_restored_into_another_table_is_foreign_even_if_it_is_complete() {
    let (stack, api) = start().await;
    let recorded = api.record(ORG, &events(3, 4, 0)).await;
    api.archive().await;
    api.record(ORG, &[event("2026-01-01T00:00:00Z", 900)]).await;
    let names = TableNames { ledger: "audit-ledger-restored".to_owned(), ..table_names() };
    let tables = Tables::new(stack.dynamodb(), names);
    tables.create_missing().await.unwrap();
    put(&stack, tables.ledger.name(), &copied(&stack).await).await;
    let (worker, reader) = over(&stack, &tables, stack.archive());
    assert_stops(&stack, &worker, LedgerRefusal::Foreign).await;
    assert_eq!(problems(&reader, &recorded[0].0).await, ["ledger-foreign"; 4]);
    assert_eq!(api.get(&format!("/v1/orgs/{ORG}/events/{}", recorded[0].0)).await.status, 200, "the old table serves");
}

#[tokio::test]
async fn the_restored_ledger_of_an_org_that_has_archived_nothing_is_continued() {
    let (stack, api) = start().await;
    // Notes the day in the head, and decides nothing.
    assert_eq!(stack.compactor().pass(&acme(), true, None).await.unwrap().rows, 0);
    assert!(!stack.tables().ledger.head(&acme()).await.unwrap().is_absent());
    let names = TableNames { ledger: "audit-ledger-restored".to_owned(), ..table_names() };
    let tables = Tables::new(stack.dynamodb(), names);
    tables.create_missing().await.unwrap();
    put(&stack, tables.ledger.name(), &copied(&stack).await).await;
    let recorded = api.record(ORG, &[event("2026-01-01T00:00:00Z", 900)]).await;
    let (worker, reader) = over(&stack, &tables, stack.archive());
    assert_eq!(reader.get(&format!("/v1/orgs/{ORG}/events")).await.status, 200);
    assert_eq!(worker.pass(&acme(), true, None).await.unwrap().rows, 1);
    assert_eq!(reader.get(&format!("/v1/orgs/{ORG}/events/{}", recorded[0].0)).await.status, 200);
}

#[tokio::test]
async fn a_ledger_over_another_bucket_is_foreign() {
    let (stack, api) = start().await;
    let recorded = api.record(ORG, &events(3, 4, 0)).await;
    api.archive().await;
    api.record(ORG, &[event("2026-01-01T00:00:00Z", 900)]).await;
    std::fs::create_dir(stack.folder().join("s3/audit-other")).unwrap();
    let other = Buckets { archive: "audit-other".to_owned(), ..buckets() };
    let archive = SegmentStore::new(clients::s3(&stack.s3_endpoint()), other, 0);
    let (worker, reader) = over(&stack, stack.tables(), &archive);
    assert_stops(&stack, &worker, LedgerRefusal::Foreign).await;
    assert_eq!(problems(&reader, &recorded[0].0).await, ["ledger-foreign"; 4]);
}

#[tokio::test]
async fn a_bucket_whose_newest_claim_is_not_the_ledgers_is_foreign() {
    let (stack, api) = start().await;
    let recorded = api.record(ORG, &events(3, 4, 0)).await;
    api.archive().await;
    api.record(ORG, &[event("2026-01-01T00:00:00Z", 900)]).await;
    // A bucket that was replicated before the newest claim, or that has another one.
    let folder = stack.folder().join("s3/audit-archive/claims").join(format!("org_id={ORG}"));
    let claim = |number: u64| folder.join(format!("{number:020}"));
    let newest = std::fs::read(claim(1)).unwrap();
    for other in [None, Some(std::fs::read(claim(0)).unwrap())] {
        std::fs::remove_file(claim(1)).unwrap();
        if let Some(other) = other {
            std::fs::write(claim(1), other).unwrap();
        }
        assert_stops(&stack, &stack.compactor(), LedgerRefusal::Foreign).await;
        let reader = Api::of_another_instance(&stack);
        assert_eq!(problems(&reader, &recorded[0].0).await, ["ledger-foreign"; 4]);
        std::fs::write(claim(1), &newest).unwrap();
    }
    assert_eq!(stack.compactor().pass(&acme(), true, None).await.unwrap().rows, 1);
}
