//! The end of a run: what is found, against what was acknowledged.

use std::collections::{HashMap, HashSet};

use audit_core::{EventId, Order};

use crate::event::{Found, Name};
use crate::files::Archived;
use crate::kills::Kills;
use crate::passes;
use crate::readers::Search;
use crate::run::{Org, Run};

/// What is wrong with an org's events.
#[derive(Default)]
struct Wrong {
    /// Acknowledged, and not found.
    lost: Vec<(Name, EventId)>,
    /// Found under two ids.
    doubled: Vec<Name>,
    /// Found, although no request without a key and without a response contained it.
    strange: Vec<Name>,
}

/// Checks all orgs, before and after a last pass, and prints the figures.
pub(crate) async fn check(run: &Run, kills: &Kills) {
    let mut before = Vec::new();
    for org in &run.orgs {
        before.push(walk_both_ways(run, org).await);
    }
    assert!(passes::forced(run).await);
    let (mut lost, mut doubled) = (0, 0);
    for (org, before) in run.orgs.iter().zip(before) {
        let after = walk_both_ways(run, org).await;
        assert!(before == after, "the pass changed what is found");
        let wrong = Wrong::of(org, &after);
        (lost, doubled) = (lost + wrong.lost.len(), doubled + wrong.doubled.len());
        assert_eq!(wrong.strange, []);
        let archived = Archived::of(kills, org.id).await;
        archived.check(&after.iter().map(|found| found.id).collect()).await;
        run.figures.batches.add(archived.batches.len() as u64);
        run.figures.segments.add(archived.segments.len() as u64);
    }
    println!("figures: {}", run.figures.line(run.start.elapsed().as_secs(), lost, doubled));
    assert_eq!((lost, doubled), (0, 0));
}

impl Wrong {
    fn of(org: &Org, found: &[Found]) -> Self {
        let known = org.known.borrow();
        let mut wrong = Self::default();
        let mut ids = HashMap::new();
        for Found { id, name, .. } in found {
            if ids.insert(*name, *id).is_some() {
                wrong.doubled.push(*name);
            }
            if known.id(*name).is_none() && !known.unsure.contains(name) {
                wrong.strange.push(*name);
            }
        }
        let found: HashSet<_> = found.iter().map(|found| found.id).collect();
        wrong.lost.extend(known.all().filter(|(_, id)| !found.contains(id)));
        wrong
    }
}

/// All events of an org, oldest first, the same in both orders.
async fn walk_both_ways(run: &Run, org: &Org) -> Vec<Found> {
    let oldest = Search { order: Order::Oldest, limit: 1_000, actor: None }.walk(run, org).await;
    let mut newest = Search { order: Order::Newest, limit: 997, actor: None }.walk(run, org).await;
    newest.reverse();
    assert!(oldest == newest, "the orders differ");
    oldest
}
