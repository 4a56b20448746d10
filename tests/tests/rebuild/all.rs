//! The ledgers of all orgs, from one listing of the claims.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use audit_recovery::{RebuildError, Refusal};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, events, start};
use audit_tests::api::Api;
use audit_tests::lost::{kinds, lose_ledger, rebuilder};
use audit_tests::outside::look;
use futures::StreamExt as _;

use crate::restore::ledger;

const ORGS: [&str; 4] = ["acme2", "broken", "lost", "sound"];

async fn four_orgs() -> (TestStack, Api) {
    let (stack, api) = start().await;
    for org in ORGS {
        api.provision(org).await;
        api.record(org, &events(2, 3, 0)).await;
    }
    api.archive().await;
    (stack, api)
}

#[tokio::test]
async fn each_org_with_claims_is_rebuilt_left_as_it_is_or_refused_and_none_stops_another() {
    let (stack, _) = four_orgs().await;
    for org in ["acme2", "broken", "lost"] {
        lose_ledger(&stack, &audit_tests::org(org)).await;
    }
    std::fs::remove_file(stack.folder().join("s3/audit-archive/claims/org_id=broken").join(format!("{:020}", 0)))
        .unwrap();
    // Not the prefix of an org.
    std::fs::create_dir_all(stack.folder().join("s3/audit-archive/claims/other")).unwrap();
    std::fs::write(stack.folder().join("s3/audit-archive/claims/other/file"), "x").unwrap();
    let outcomes: BTreeMap<_, _> = rebuilder(&stack).all().await.unwrap().collect().await;
    let of = |org: &str| &outcomes[&audit_tests::org(org)];
    assert_eq!(outcomes.keys().map(ToString::to_string).collect::<Vec<_>>(), ORGS);
    for org in ["acme2", "lost"] {
        assert_eq!(of(org).as_ref().unwrap().generation, Some(1), "{org}");
    }
    assert!(matches!(of("broken"), Err(RebuildError::Refused(Refusal::Chain(_)))));
    assert_eq!(of("sound").as_ref().unwrap().generation, None);
    for org in ["acme2", "lost", "sound"] {
        let org_id = audit_tests::org(org);
        assert_eq!(look(&stack, &org_id).await.archived.len(), 6, "{org}");
        assert_eq!(stack.compactor().pass(&org_id, true, None).await.unwrap().rows, 0, "{org}");
    }
}

/// A reader of an earlier ledger may rely on what it compared before the claim.
#[tokio::test]
async fn the_head_is_written_when_the_wait_after_the_claim_is_over_and_all_orgs_wait_at_once() {
    let (stack, api) = four_orgs().await;
    api.record(ORG, &events(2, 3, 0)).await;
    api.archive().await;
    let org_ids: Vec<_> = ORGS.iter().map(|org| audit_tests::org(org)).chain([acme()]).collect();
    for org_id in &org_ids {
        lose_ledger(&stack, org_id).await;
    }
    let wait = Duration::from_secs(3);
    let slow = rebuilder(&stack).waiting(wait);
    let start = Instant::now();
    let all = tokio::spawn(async move { slow.all().await.unwrap().collect::<Vec<_>>().await });
    while kinds(&stack, &acme()).await != "bpr" || ledger(&stack).await.segments.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let claimed = Instant::now();
    tokio::time::sleep(wait / 3).await;
    assert!(ledger(&stack).await.head.unwrap().is_absent(), "readers use it");
    let refused = Api::of_another_instance(&stack).get(&format!("/v1/orgs/{ORG}/events")).await;
    assert_eq!(refused.problem(), "ledger-missing");
    let outcomes = all.await.unwrap();
    assert!(start.elapsed() >= wait && claimed.elapsed() < 2 * wait, "{:?}", start.elapsed());
    assert!(outcomes.iter().all(|(_, outcome)| outcome.as_ref().unwrap().generation == Some(1)), "{outcomes:?}");
    for org_id in &org_ids {
        look(&stack, org_id).await;
    }
}
