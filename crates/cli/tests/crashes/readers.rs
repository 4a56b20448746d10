//! Readers: walk page after page, with cursors that outlive the process that issued them.

use std::collections::HashSet;

use audit_core::{
    EventId, Order,
    invariants::{acknowledged, each_once, in_order_after},
};
use rand::RngExt as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::client::Request;
use crate::event::{Found, Name};
use crate::run::{Org, Run};

/// After this many pages, a walk requests larger ones.
const PAGES: usize = 50;

/// A page of events.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    events: Vec<Box<RawValue>>,
    next_cursor: Option<String>,
    #[serde(rename = "scanned_through")]
    _scanned_through: Option<String>,
}

/// What is searched for, and how.
pub(crate) struct Search {
    pub(crate) order: Order,
    pub(crate) limit: usize,
    /// Only events of this actor.
    pub(crate) actor: Option<String>,
}

impl Search {
    /// Walks to the end, and requests each page until a response arrives.
    ///
    /// # Guarantees
    ///
    /// Strict order from page to page (I-6), no id twice (I-2), no row skipped.
    pub(crate) async fn walk(&self, run: &Run, org: &Org) -> Vec<Found> {
        let order = if self.order == Order::Oldest { "oldest" } else { "newest" };
        let actor = self.actor.as_ref().map(|actor| format!("&actor={actor}")).unwrap_or_default();
        let path = format!("{}?limit={}&order={order}{actor}", org.events(), self.limit);
        let (mut walked, mut cursor) = (Vec::<Found>::new(), None::<String>);
        loop {
            let at = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let (answer, again) = run.client.until_answered(&Request::get(format!("{path}{at}"))).await;
            run.figures.repeated.add(again);
            run.figures.pages.add(1);
            let page: Page = serde_json::from_str(&answer).unwrap();
            assert!(page.events.len() <= self.limit);
            let events: Vec<_> = page.events.iter().map(|json| Found::read(json, run, org)).collect();
            let last = walked.last().map(|found| found.id);
            in_order_after(last, self.order, events.iter().map(|found| found.id)).unwrap();
            walked.extend(events);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        each_once(walked.iter().map(|found| found.id)).unwrap();
        walked
    }

    fn wants(&self, name: Name) -> bool {
        self.actor.as_ref().is_none_or(|actor| *actor == name.actor())
    }
}

/// Searches until the run ends.
///
/// # Guarantees
///
/// Every scan finds all events that were acknowledged before it began (I-1), and only events that match.
pub(crate) async fn read(run: &Run, org: &Org, reader: u64) {
    let mut rng = run.rng(2_000 + reader);
    while !run.ends.get() {
        let search = Search {
            order: if rng.random() { Order::Newest } else { Order::Oldest },
            limit: rng.random_range(1..=1_000).max(org.known.borrow().count() / PAGES).min(1_000),
            actor: rng.random_bool(0.5).then(|| Name { writer: 0, number: rng.random() }.actor()),
        };
        let before = org.known.borrow().acknowledged(|name| search.wants(name));
        let kills = run.figures.kills.get();
        let found = search.walk(run, org).await;
        assert!(found.iter().all(|found| search.wants(found.name)));
        let found: HashSet<EventId> = found.iter().map(|found| found.id).collect();
        acknowledged(&before, &found).unwrap();
        run.figures.scans.add(1);
        run.figures.scans_across.add(u64::from(run.figures.kills.get() > kills));
    }
}
