//! Samples of 75 kinds of audit logs.

use std::collections::{BTreeMap, BTreeSet};

use audit::import::Format;
use audit_tests::api::Api;
use audit_tests::data::{note, saas};
use audit_tests::exact::{ExactEvent, compact};
use audit_tests::instant;
use audit_tests::served::Served;
use audit_tests::walk::Search;

use crate::saas_mapping::Mapped;

const ORG: &str = "saas";

/// Imports events, and asserts that exactly the invalid ones are refused, each for exactly its errors; returns the
/// accepted ones.
async fn import<'a>(served: &Served, events: &'a [Mapped]) -> Vec<&'a Mapped> {
    let lines: Vec<_> = events.iter().map(Mapped::line).collect();
    let imported = served.import(ORG, Format::Events, &lines).await;
    let mut reasons: BTreeMap<_, usize> = BTreeMap::new();
    for (number, reason) in &imported.refused {
        let faults = events[number - 1].faults();
        assert_eq!(reason.matches("allowed: ").count(), faults.len(), "line {number}: {reason}");
        for (pointer, allowed) in faults {
            assert!(reason.contains(pointer) && reason.contains(allowed), "line {number}: {reason}");
            *reasons.entry(allowed).or_default() += 1;
        }
    }
    let accepted: Vec<_> = events.iter().filter(|event| event.faults().is_empty()).collect();
    let distinct = accepted.iter().collect::<BTreeSet<_>>().len();
    let repeated = accepted.len() - distinct;
    let expected = [distinct, repeated, events.len() - accepted.len()].map(|count| count as u64);
    assert_eq!(<[u64; 3]>::from(imported.counts()), expected, "a repeated line is stored once");
    note(&format!("{} events: {distinct} created, {repeated} repeated, refused: {reasons:?}", events.len()));
    accepted
}

/// The service must contain exactly these events, each once, in their own words.
async fn assert_held(api: &Api, events: &[&Mapped]) {
    let expected = events.iter().map(|event| Mapped {
        occurred_at: instant(&event.occurred_at).to_string(),
        details: compact(&event.details),
        ..Mapped::clone(event)
    });
    let expected: BTreeSet<_> = expected.collect();
    let mut newest = Search::new(ORG, "").walk_exactly(api, 1000).await.events;
    assert_eq!(newest.len(), expected.len());
    let found: BTreeSet<_> = newest.iter().map(mapped).collect();
    assert_eq!(found.symmetric_difference(&expected).next(), None);
    newest.reverse();
    assert!(newest == Search::new(ORG, "order=oldest").walk_exactly(api, 50).await.events);
}

fn mapped(event: &ExactEvent) -> Mapped {
    Mapped {
        occurred_at: event.said("/occurred_at").unwrap(),
        actor_id: event.said("/actor/id").unwrap(),
        action: event.said("/action").unwrap(),
        target_id: event.said("/target/id"),
        ip: event.said("/context/ip"),
        details: event.json("/details"),
    }
}

#[tokio::test]
async fn what_is_accepted_comes_back_identical_and_what_is_refused_says_why() {
    let set = saas();
    let served = Served::start().await;
    let api = Api::of(&served.stack);
    api.provision(ORG).await;
    let events: Vec<_> = set.lines.iter().map(|line| Mapped::of(line)).collect();

    let accepted = import(&served, &events).await;
    assert_held(&api, &accepted).await;
    api.archive().await;
    assert_held(&api, &accepted).await;

    // Now the refused ones, in addition to the archived ones, with a time and an address that can be accepted.
    let refused = events.iter().filter(|event| !event.faults().is_empty());
    let mended: Vec<_> = refused.map(Mapped::mended).collect();
    let all = [accepted, import(&served, &mended).await].concat();
    assert_held(&api, &all).await;
    api.archive().await;
    assert_held(&api, &all).await;
}
