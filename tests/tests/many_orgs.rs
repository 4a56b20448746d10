//! Many orgs in one pass: each gets its own events, though those of another have the same ids.

use std::collections::BTreeSet;

use audit_core::{
    Clock as _, Event, EventId, NewEvent, OrgId, Seq,
    invariants::{batches_tile, segments_tile},
};
use audit_segments::Ids;
use audit_tables::Put;
use audit_tests::api::Api;
use audit_tests::walk::{Search, id_of};
use audit_tests::{ID_KEY, TestStack, org};
use futures::{StreamExt as _, stream};
use serde_json::Value;

const ORGS: usize = 200;
const ROWS: usize = 100;
const MONTHS: usize = 3;
const PUTS_IN_FLIGHT: usize = 64;

fn org_of(number: usize) -> OrgId {
    org(&format!("org-{number}"))
}

/// The event of one number has the same instant and id in every org, and an actor that identifies the org.
fn event(org_id: OrgId, number: usize, stack: &TestStack) -> Event {
    let (month, minute) = (number % MONTHS + 9, number / MONTHS);
    let text = format!(
        r#"{{"occurred_at":"2026-{month:02}-20T10:{minute:02}:00Z","actor":{{"id":"of {org_id}"}},"action":"member.invited","result":"succeeded"}}"#
    );
    let now = stack.clock.now();
    let new = NewEvent::read(serde_json::from_str(&text).unwrap(), "", now, &mut Default::default()).unwrap();
    new.into_event(org_id, &ID_KEY, now, number as u64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_orgs_are_archived_in_one_pass_and_none_gets_what_another_owns() {
    let stack = TestStack::start().await;
    let (api, tables) = (Api::of(&stack), stack.tables());
    for number in 0..ORGS {
        api.provision(org_of(number).as_str()).await;
    }
    let all = (0..ROWS).flat_map(|row| (0..ORGS).map(move |number| (org_of(number), row)));
    let puts = all.map(async |(org_id, row)| {
        let event = event(org_id, row, &stack);
        assert_eq!(tables.events.put(&event).await.unwrap(), Put::Created);
        event.id
    });
    let ids: BTreeSet<EventId> = stream::iter(puts).buffer_unordered(PUTS_IN_FLIGHT).collect().await;
    assert_eq!(ids.len(), ROWS, "the orgs share their ids");

    let reports = api.archive().await;
    assert_eq!(reports.len(), ORGS);
    assert!(reports.iter().all(|report| report["rows"] == ROWS && report["segments"] == MONTHS), "{reports:?}");
    for number in 0..ORGS {
        let org_id = org_of(number);
        assert_eq!(tables.events.waiting(&org_id, 1).await.unwrap(), 0);
        assert_eq!(archived(&stack, &org_id).await, ids);
        let found = Search::new(org_id.as_str(), "order=oldest").walk(&api, 41).await;
        assert!(found.iter().map(id_of).eq(ids.iter().copied()), "{org_id}");
        assert!(found.iter().all(|event| is_of(event, &org_id)), "{org_id}");
        let one = api.get(&format!("/v1/orgs/{org_id}/events/{}", id_of(&found[number % ROWS]))).await;
        assert!(is_of(&one.json(), &org_id), "{}", one.text);
        let other = format!("actor=of%20{}", org_of((number + 1) % ORGS));
        assert_eq!(Search::new(org_id.as_str(), &other).walk(&api, 50).await, Vec::<Value>::new());
    }
}

fn is_of(event: &Value, org_id: &OrgId) -> bool {
    event["org_id"] == org_id.as_str() && event["actor"]["id"] == format!("of {org_id}")
}

/// I-4, I-7: the ids in the org's files, whose footers and names contain the org.
async fn archived(stack: &TestStack, org_id: &OrgId) -> BTreeSet<EventId> {
    let (tables, archive) = (stack.tables(), stack.archive());
    let head = tables.ledger.head(org_id).await.unwrap();
    let batches = tables.ledger.batches(org_id, Seq(0)).await.unwrap().records;
    assert_eq!((head.next_seq, head.open), (Seq(ROWS as u64), None));
    batches_tile(&batches, head.next_seq).unwrap();
    let mut found = BTreeSet::new();
    for batch in &batches {
        let mut segments = Vec::new();
        for name in &batch.segments {
            segments.push(tables.ledger.segment(org_id, *name).await.unwrap().unwrap());
        }
        segments_tile(batch, &segments).unwrap();
        for segment in &segments {
            assert!(segment.key.contains(&format!("/org_id={org_id}/")), "{}", segment.key);
            let mut ids = Ids::new(archive.open(org_id, segment).await.unwrap());
            while let Some(page) = ids.next_page().await.unwrap() {
                for id in page {
                    assert!(found.insert(id), "{id} exists twice");
                }
            }
        }
    }
    found
}
