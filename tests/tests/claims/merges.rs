//! An older copy of the ledger, taken at any step of a merge, takes the place of the ledger.

use audit_core::LedgerRefusal;
use audit_tests::acme::{ORG, acme, all_events, event, start};
use audit_tests::api::Api;
use audit_tests::lost::{copied, kinds, restore};
use audit_tests::merges::{STOPS, merge_until, pass_until_merged, small_segments};

use crate::ledger::{assert_stops, problems};

/// H-4: it lists sources that were deleted, and would number on.
#[tokio::test]
async fn an_older_copy_of_the_ledger_within_a_merge_is_refused_by_readers_and_workers() {
    for stop in STOPS {
        let (stack, api) = start().await;
        small_segments(&stack, &api, &acme(), 2).await;
        let id = all_events(&api).await[0].id.to_string();
        merge_until(&stack, &acme(), stop).await;
        let older = copied(&stack).await;
        pass_until_merged(&stack, &acme()).await;
        assert_eq!(kinds(&stack, &acme()).await, "bpbpmsms", "{stop:?}");
        // A hot row that a refused worker would number a second time.
        api.record(ORG, &[event("2026-01-01T00:00:00Z", 900_000)]).await;
        restore(&stack, &acme(), &older).await;
        assert_stops(&stack, &stack.compactor(), LedgerRefusal::Behind).await;
        let fresh = Api::of_another_instance(&stack);
        assert_eq!(problems(&fresh, &id).await, ["ledger-behind"; 4], "{stop:?}");
    }
}
