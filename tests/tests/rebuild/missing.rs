//! Objects and claims that are missing.

use audit_core::Seq;
use audit_recovery::Refusal;
use audit_tests::acme::{ORG, acme, all_events, event, events, start};
use audit_tests::api::Api;
use audit_tests::lost::{kinds, lose_ledger};
use audit_tests::walk::Search;

use crate::restore::*;

#[tokio::test]
async fn a_missing_object_that_is_still_staged_comes_back_with_and_without_its_ledger() {
    for is_lost in [false, true] {
        let (stack, api) = two_batches().await;
        let before = all_events(&api).await;
        lose_end(&stack).await;
        if is_lost {
            lose_ledger(&stack, &acme()).await;
        }
        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.copied, rebuilt.generation.is_some(), rebuilt.next_seq), (1, is_lost, Seq(260)));
        assert_eq!(rebuilt.missing, [""; 0]);
        assert_restored(stack, &before, 0).await;
    }
}

/// I-9: it stops neither the rebuild nor the archiving of other events, and only its own time range is 503.
#[tokio::test]
async fn a_missing_object_stays_listed_and_its_time_range_is_503() {
    let (stack, api) = start().await;
    api.record(ORG, &events(6, 5, 0)).await;
    api.archive().await;
    let lost = ledger(&stack).await.segments[2].clone();
    lose_object(&stack, &lost);
    expire_staged(&stack);
    lose_ledger(&stack, &acme()).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.missing.as_slice(), rebuilt.segments), (&[lost.key.clone()][..], 6));
    assert_eq!(ledger(&stack).await.segments[2], lost);

    let reader = Api::of_another_instance(&stack);
    let answer = reader.get(&format!("/v1/orgs/{ORG}/events?limit=1000")).await;
    assert_eq!(answer.problem(), "segment-unreadable");
    assert_eq!(answer.json()["from"], "2010-03-03T12:00:00.000000Z");
    assert_eq!(Search::new(ORG, "from=2010-04-01T00:00:00Z").walk(&reader, 100).await.len(), 15);
    api.record(ORG, &[event("2026-02-01T00:00:00Z", 900)]).await;
    assert_eq!(stack.compactor().pass(&acme(), true, None).await.unwrap().rows, 1);
}

#[tokio::test]
async fn a_chain_that_lacks_or_alters_a_claim_is_refused_and_nothing_is_written() {
    let (stack, api) = two_batches().await;
    let before = all_events(&api).await;
    let folder = stack.folder().join("s3/audit-archive/claims").join(format!("org_id={ORG}"));
    let claim = |number: u64| folder.join(format!("{number:020}"));
    let bytes = std::fs::read(claim(1)).unwrap();
    lose_ledger(&stack, &acme()).await;
    let other = std::fs::read(claim(3)).unwrap();
    for (altered, expected) in [
        (None, "claim 1 is missing from the archive bucket, and claim 2 exists"),
        (Some(&b"{}"[..]), "claim 1: the claim is malformed"),
        (Some(&other[..]), "claim 1 does not follow the claim before it"),
    ] {
        std::fs::remove_file(claim(1)).unwrap();
        if let Some(altered) = altered {
            std::fs::write(claim(1), altered).unwrap();
        }
        let Refusal::Chain(violation) = refusal(&stack).await else { panic!("{expected}") };
        assert!(violation.to_string().ends_with(expected), "{violation}");
        assert!(ledger(&stack).await.is_empty(), "nothing was written");
        std::fs::write(claim(1), &bytes).unwrap();
    }
    assert_eq!((rebuilt(&stack).await.unwrap().claims, kinds(&stack, &acme()).await.as_str()), (5, "bpbpr"));
    assert_restored(stack, &before, 0).await;
}

/// The batches of these claims would be dropped, although their rows were deleted.
#[tokio::test]
async fn a_chain_without_its_newest_claims_is_refused_while_the_ledger_counts_them() {
    let (stack, api) = two_batches().await;
    let before = all_events(&api).await;
    let folder = stack.folder().join("s3/audit-archive/claims").join(format!("org_id={ORG}"));
    let newest: Vec<_> = (2..4).map(|number| folder.join(format!("{number:020}"))).collect();
    let bytes: Vec<_> = newest.iter().map(|file| std::fs::read(file).unwrap()).collect();
    newest.iter().for_each(|file| std::fs::remove_file(file).unwrap());
    assert!(matches!(refusal(&stack).await, Refusal::Truncated { found: 2, counted: 4 }));
    assert_eq!(kinds(&stack, &acme()).await, "bp", "nothing was claimed");
    newest.iter().zip(bytes).for_each(|(file, bytes)| std::fs::write(file, bytes).unwrap());
    assert_restored(stack, &before, 0).await;
}
