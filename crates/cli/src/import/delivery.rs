//! Delivers one batch: sends it until every event is stored or rejected, or until no retry can succeed.
//!
//! A retry is safe: every event has a key, so an event that is already stored returns as a duplicate. An event that a
//! response reported as stored is counted then and not sent again, so a `created` of an earlier try stays one.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tokio::sync::watch;
use tokio::time::timeout;

use super::batch::Item;
use super::client::{Client, Outcome, Status};
use super::report::{ImportError, Reject};
use crate::api::Policy;

/// The result of a batch. Events that are not counted here were not stored.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    pub(super) created: u64,
    pub(super) duplicate: u64,
    pub(super) rejected: Vec<Reject>,
    /// Events that were sent without a response that reports whether they are stored.
    pub(super) unanswered: u64,
    /// Why the delivery stopped early.
    pub(super) stopped: Option<ImportError>,
}

/// How batches are delivered.
#[derive(Debug)]
pub(super) struct Delivery<'a> {
    pub(super) client: Client,
    pub(super) policy: &'a Policy,
    /// Becomes true when another delivery stopped. Nothing new is sent then.
    pub(super) halted: watch::Receiver<bool>,
}

impl Delivery<'_> {
    /// Delivers events; calls `note` before every pause.
    pub(super) async fn deliver(&self, items: Vec<Item>, note: impl Fn(&str)) -> Delivered {
        let mut done = Delivered::default();
        let mut work = vec![items];
        while let Some(items) = work.pop() {
            if *self.halted.borrow() {
                break;
            }
            match self.settle(items, &mut done, &note).await {
                ControlFlow::Continue(rest) => work.extend(rest.into_iter().filter(|items| !items.is_empty())),
                ControlFlow::Break(error) => {
                    done.stopped = Some(error);
                    break;
                }
            }
        }
        done
    }

    /// Sends events until a response settles them; returns those that must be sent in other requests.
    async fn settle(
        &self,
        mut items: Vec<Item>,
        done: &mut Delivered,
        note: &impl Fn(&str),
    ) -> ControlFlow<ImportError, Vec<Vec<Item>>> {
        let mut maybe_stored = false;
        for tried in 1.. {
            let (reason, after) = match self.client.send(&items).await {
                Outcome::Stored(statuses) => {
                    done.count(items, &statuses);
                    return ControlFlow::Continue(Vec::new());
                }
                Outcome::Invalid(reasons) => return ControlFlow::Continue(vec![done.reject(items, reasons)]),
                Outcome::Divide(reason) => return ControlFlow::Continue(done.divide(items, reason)),
                Outcome::Retry { reason, after, known, unsure } => {
                    maybe_stored |= unsure;
                    if let Some(statuses) = known {
                        items = done.count(items, &statuses);
                    }
                    (reason, after)
                }
                Outcome::Fatal { reason, unsure } => {
                    done.leave(&items, maybe_stored || unsure);
                    return ControlFlow::Break(ImportError::Response(reason));
                }
            };
            if items.is_empty() {
                break;
            }
            let Some(pause) = self.policy.pause(tried, after, rand::random()) else {
                done.leave(&items, maybe_stored);
                let asked = after.map(|after| format!(" (the service asks for a pause of {} s)", after.as_secs()));
                return ControlFlow::Break(ImportError::GaveUp {
                    tries: tried,
                    reason: reason + &asked.unwrap_or_default(),
                });
            };
            let (seconds, next, tries) = (pause.as_secs_f64(), tried + 1, self.policy.tries);
            note(&format!("{reason}; retrying in {seconds:.1} s (try {next} of {tries})"));
            // The pause ends early when another delivery stops.
            if timeout(pause, self.halted.clone().wait_for(|halted| *halted)).await.is_ok() {
                done.leave(&items, maybe_stored);
                return ControlFlow::Break(ImportError::GaveUp { tries: tried, reason });
            }
        }
        ControlFlow::Continue(Vec::new())
    }
}

impl Delivered {
    /// Counts the events that are stored; returns those of unknown status.
    fn count(&mut self, items: Vec<Item>, statuses: &[Status]) -> Vec<Item> {
        let mut unknown = Vec::new();
        for (item, status) in items.into_iter().zip(statuses) {
            match status {
                Status::Created => self.created += 1,
                Status::Duplicate => self.duplicate += 1,
                Status::Unknown => unknown.push(item),
            }
        }
        unknown
    }

    /// Rejects the invalid events; returns the others.
    fn reject(&mut self, items: Vec<Item>, mut reasons: BTreeMap<usize, String>) -> Vec<Item> {
        let mut others = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            match reasons.remove(&index) {
                Some(reason) => self.rejected.push(Reject { origin: item.origin, reason }),
                None => others.push(item),
            }
        }
        others
    }

    /// Returns both halves, the first half last because the last is sent next. A single event is rejected.
    fn divide(&mut self, mut items: Vec<Item>, reason: String) -> Vec<Vec<Item>> {
        if items.len() > 1 {
            let second = items.split_off(items.len().div_ceil(2));
            return vec![second, items];
        }
        self.rejected.extend(items.into_iter().map(|item| Reject { origin: item.origin, reason: reason.clone() }));
        Vec::new()
    }

    /// Counts events that are given up and may be stored.
    fn leave(&mut self, items: &[Item], maybe_stored: bool) {
        if maybe_stored {
            self.unanswered += items.len() as u64;
        }
    }
}
