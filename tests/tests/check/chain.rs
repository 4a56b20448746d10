//! The chain of claims, compared with the ledger: what differs is reported, and nothing of a running service is.

use audit_core::{BatchRecord, Seq};
use audit_recovery::check;
use audit_tables::LedgerItem;
use audit_tests::acme::{ORG, acme, events, start};
use audit_tests::lost::{lose_head, rebuilder};

use crate::{checked, numbers, small};

#[tokio::test]
async fn a_missing_or_altered_claim_is_found_in_the_bucket_and_in_the_ledger() {
    let (stack, _) = small().await;
    let folder = stack.folder().join("s3/audit-archive/claims").join(format!("org_id={ORG}"));
    for number in [0_u64, 1] {
        let file = folder.join(format!("{number:020}"));
        let bytes = std::fs::read(&file).unwrap();
        for altered in [None, Some(&b"{}"[..])] {
            match altered {
                None => std::fs::remove_file(&file).unwrap(),
                Some(altered) => std::fs::write(&file, altered).unwrap(),
            }
            let found = numbers(&checked(&stack).await);
            assert_eq!(found, [10], "{number} {altered:?}");
            std::fs::write(&file, &bytes).unwrap();
        }
    }
    assert!(checked(&stack).await.is_sound());
    let ledger = stack.tables().ledger.whole(&acme()).await.unwrap();
    let (table, head) = (&stack.tables().ledger, ledger.head.clone().unwrap());
    let mut other = ledger.claims[1].clone();
    other.bytes = b"{}".to_vec();
    table.put_under(&acme(), &head, &[LedgerItem::Claim(&other)]).await.unwrap();
    assert_eq!(numbers(&checked(&stack).await), [10]);
    rebuilder(&stack).org(&acme()).await.unwrap();
    assert!(checked(&stack).await.is_sound());
}

#[tokio::test]
async fn an_item_that_no_claim_names_and_one_that_is_missing_are_found() {
    let (stack, _) = small().await;
    let ledger = stack.tables().ledger.whole(&acme()).await.unwrap();
    let (table, head) = (&stack.tables().ledger, ledger.head.clone().unwrap());
    let mut stray = ledger.segments[0].clone();
    stray.first_seq = Seq(30);
    let batch = BatchRecord::of(Seq(30), std::slice::from_ref(&stray));
    table.put_under(&acme(), &head, &[LedgerItem::Batch(&batch), LedgerItem::Segment(&stray)]).await.unwrap();
    assert!(numbers(&checked(&stack).await).contains(&10));
    let lists = |without: usize| {
        let segments = ledger.segments.iter().enumerate().filter(move |(index, _)| *index != without);
        let items = segments.map(|(_, segment)| LedgerItem::Segment(segment));
        items.chain(ledger.batches.iter().map(LedgerItem::Batch)).chain(ledger.claims.iter().map(LedgerItem::Claim))
    };
    table.keep_under(&acme(), &head, lists(usize::MAX)).await.unwrap();
    assert!(checked(&stack).await.is_sound());
    table.keep_under(&acme(), &head, lists(2)).await.unwrap();
    assert!(numbers(&checked(&stack).await).contains(&10));
}

#[tokio::test]
async fn a_ledger_without_a_head_and_one_whose_rebuild_has_stopped_are_found() {
    let (stack, _) = small().await;
    lose_head(&stack, &acme()).await;
    assert!(numbers(&checked(&stack).await).contains(&10));
    let stopped = rebuilder(&stack).waiting(std::time::Duration::from_secs(600));
    let rebuilding = tokio::spawn(async move { stopped.org(&acme()).await });
    while stack.archive().claim_numbers(&acme()).await.unwrap().len() < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    rebuilding.abort();
    assert!(numbers(&checked(&stack).await).contains(&10));
    rebuilder(&stack).org(&acme()).await.unwrap();
    assert!(checked(&stack).await.is_sound());
}

/// H-26: what one reading finds is read again before it is reported.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_records_and_archives_causes_no_finding() {
    let (stack, api) = start().await;
    let (tables, archive) = (stack.tables().clone(), stack.archive().clone());
    let checks = tokio::spawn(async move {
        for _ in 0..25 {
            let checked = check::org(&tables, &archive, &acme()).await.unwrap();
            assert!(checked.is_sound(), "{checked:?}");
        }
    });
    let mut key = 0;
    while !checks.is_finished() {
        api.record(ORG, &events(3, 4, key)).await;
        api.archive().await;
        key += 100;
    }
    checks.await.unwrap();
}
