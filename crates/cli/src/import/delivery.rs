//! Delivers one batch: sends it until every event is stored or refused, or until it must stop.
//!
//! Sending again is safe: every event has a key, so what is stored already comes back as a duplicate. What an answer
//! reported as stored is counted then and not sent again, so a `created` of an earlier try stays one.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::sync::watch;

use super::answer::{Answer, Status};
use super::batch::Item;
use super::client::Client;
use super::policy::Policy;
use super::rejects::Refusal;
use super::stop::Stop;

/// What became of the events of a batch. Events that are not counted here were not stored.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// Stored by this import.
    pub(crate) created: u64,
    /// Stored before.
    pub(crate) duplicate: u64,
    /// Refused.
    pub(crate) refused: Vec<Refusal>,
    /// Sent without an answer that tells whether they are stored.
    pub(crate) unanswered: u64,
    /// Why the delivery ended before its time.
    pub(crate) stopped: Option<Stop>,
}

/// What deliveries share.
#[derive(Debug)]
pub(crate) struct Courier<'a> {
    /// The way to the service.
    pub(crate) client: Client,
    /// When to send again.
    pub(crate) policy: &'a Policy,
    /// Turns true when another delivery had to stop: then nothing new is sent.
    pub(crate) halt: watch::Receiver<bool>,
}

impl Courier<'_> {
    /// Delivers events; `note` is told of every pause.
    pub(crate) async fn deliver(&self, items: Vec<Item>, note: impl Fn(&str)) -> Delivered {
        let mut done = Delivered::default();
        let mut work = vec![items];
        while let Some(items) = work.pop() {
            if *self.halt.borrow() {
                break;
            }
            match self.settle(items, &mut done, &note).await {
                ControlFlow::Continue(rest) => work.extend(rest.into_iter().filter(|items| !items.is_empty())),
                ControlFlow::Break(stop) => {
                    done.stopped = Some(stop);
                    break;
                }
            }
        }
        done
    }

    /// Sends events until an answer settles them; gives those that must be sent in other requests.
    async fn settle(
        &self,
        mut items: Vec<Item>,
        done: &mut Delivered,
        note: &impl Fn(&str),
    ) -> ControlFlow<Stop, Vec<Vec<Item>>> {
        let mut maybe_stored = false;
        for tried in 1.. {
            let (reason, after) = match self.client.send(&items).await {
                Answer::Stored(statuses) => {
                    done.count(items, &statuses);
                    return ControlFlow::Continue(Vec::new());
                }
                Answer::Faulty(faults) => return ControlFlow::Continue(vec![done.refuse(items, faults)]),
                Answer::Divide(reason) => return ControlFlow::Continue(done.divide(items, reason)),
                Answer::Retry { reason, after, known, unsure } => {
                    maybe_stored |= unsure;
                    if let Some(statuses) = known {
                        items = done.count(items, &statuses);
                    }
                    (reason, after)
                }
                Answer::Stop { reason, unsure } => {
                    done.leave(&items, maybe_stored || unsure);
                    return ControlFlow::Break(Stop::Answer(reason));
                }
            };
            if items.is_empty() {
                break;
            }
            let Some(pause) = self.policy.pause(tried, after, rand::random()) else {
                done.leave(&items, maybe_stored);
                return ControlFlow::Break(gave_up(tried, reason, after));
            };
            note(&format!("{reason}; try {} of {} in {:.1} s", tried + 1, self.policy.tries, pause.as_secs_f64()));
            if self.sleep(pause).await.is_break() {
                done.leave(&items, maybe_stored);
                return ControlFlow::Break(Stop::GaveUp { tries: tried, reason });
            }
        }
        ControlFlow::Continue(Vec::new())
    }

    /// Waits, but not longer than until another delivery stops.
    async fn sleep(&self, pause: Duration) -> ControlFlow<()> {
        let mut halt = self.halt.clone();
        tokio::select! {
            () = tokio::time::sleep(pause) => ControlFlow::Continue(()),
            _ = halt.wait_for(|halted| *halted) => ControlFlow::Break(()),
        }
    }
}

fn gave_up(tries: u32, reason: String, after: Option<Duration>) -> Stop {
    let asked = after.map(|after| format!(" (the server asks to wait {} s)", after.as_secs())).unwrap_or_default();
    Stop::GaveUp { tries, reason: reason + &asked }
}

impl Delivered {
    /// Counts the events that are stored; gives those of which nothing is known.
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

    /// Refuses the events with faults; gives the others.
    fn refuse(&mut self, items: Vec<Item>, mut faults: BTreeMap<usize, String>) -> Vec<Item> {
        let mut others = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            match faults.remove(&index) {
                Some(reason) => self.refused.push(Refusal { place: item.place, reason }),
                None => others.push(item),
            }
        }
        others
    }

    /// Gives both halves, the first one last because the last is sent next; one event alone is refused.
    fn divide(&mut self, mut items: Vec<Item>, reason: String) -> Vec<Vec<Item>> {
        if items.len() > 1 {
            let second = items.split_off(items.len().div_ceil(2));
            return vec![second, items];
        }
        self.refused.extend(items.into_iter().map(|item| Refusal { place: item.place, reason: reason.clone() }));
        Vec::new()
    }

    /// Counts events that are given up.
    fn leave(&mut self, items: &[Item], maybe_stored: bool) {
        if maybe_stored {
            self.unanswered += items.len() as u64;
        }
    }
}
