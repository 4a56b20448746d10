//! An org that is sound: every event is found where it is, between any two steps of a pass.

use audit_core::EventId;
use audit_tests::acme::{ORG, all_events, events, start};
use audit_tests::steps::{STOPS, pass_until};

use crate::{checked, small};

fn sorted(mut ids: Vec<EventId>) -> Vec<EventId> {
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_sound_org_is_found_sound_behind_every_step_of_a_pass() {
    for stop in STOPS {
        let (stack, api) = small().await;
        let before: Vec<EventId> = all_events(&api).await.iter().map(|event| event.id).collect();
        pass_until(&stack, stop).await;
        let checked = checked(&stack).await;
        assert!(checked.is_sound(), "{stop:?}: {checked:?}");
        let mut all = [checked.hot, checked.archived].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all, before, "{stop:?}");
    }
}

#[tokio::test]
async fn hot_and_archived_ids_are_those_that_were_stored() {
    let (stack, api) = start().await;
    let id = |(id, _): (String, String)| id.parse::<EventId>().unwrap();
    let archived: Vec<EventId> = api.record(ORG, &events(6, 5, 0)).await.into_iter().map(id).collect();
    // Neighbors whose names have the same prefix are other orgs.
    for other in ["acm", "acme2"] {
        api.provision(other).await;
        api.record(other, &events(3, 2, 0)).await;
    }
    api.archive().await;
    api.record("acme2", &events(3, 2, 9_000)).await;
    let hot: Vec<EventId> = api.record(ORG, &events(5, 3, 1_000)).await.into_iter().map(id).collect();
    let checked = checked(&stack).await;
    assert!(checked.is_sound(), "{checked:?}");
    assert_eq!((sorted(checked.hot), sorted(checked.archived)), (sorted(hot), sorted(archived)));
    assert_eq!((checked.batches, checked.segments), (1, 6));
}
