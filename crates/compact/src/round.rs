//! A round: passes over many orgs, concurrently and in turns. No org stops another, and a slow org delays only itself.

use std::collections::VecDeque;

use audit_core::OrgId;
use audit_tables::TablesError;
use futures::stream::{self, FuturesUnordered, Stream, StreamExt, TryStreamExt};
use tokio::time::Instant;

use crate::pass::{OrgPass, Turn};
use crate::report::OrgOutcome;
use crate::{CompactError, Compactor};

/// Orgs archived concurrently.
const ORGS_AT_ONCE: usize = 4;

/// The options of a round.
#[derive(Debug, Clone, Copy, Default)]
pub struct Round {
    /// Whether to archive all rows, due or not.
    pub force: bool,
    /// When the round stops. `None`: when no row remains.
    pub stop_at: Option<Instant>,
    /// Until when an org may begin a further turn after its first one. `None`: it has all turns that it needs.
    pub turns_until: Option<Instant>,
}

/// How a turn ended.
enum Step {
    Again(Box<OrgPass>),
    Over(OrgOutcome),
}

impl Compactor {
    /// Archives what is due of every org; returns an outcome for each, in the order in which their passes ended.
    ///
    /// # Errors
    /// The list of orgs could not be read to its end. Every org that was listed before that had its pass.
    pub async fn pass_all(&self, force: bool, stop_at: Option<Instant>) -> Result<Vec<OrgOutcome>, TablesError> {
        self.round(Round { force, stop_at, turns_until: None }).await
    }

    /// Runs a round over every org; otherwise as [`Compactor::pass_all`].
    pub async fn round(&self, round: Round) -> Result<Vec<OrgOutcome>, TablesError> {
        let (outcomes, listed) = self.take_turns(self.orgs_after(None), round).await;
        listed.map(|()| outcomes)
    }

    /// Runs a round over these orgs; returns an outcome for each, in the order in which their passes ended.
    pub async fn round_of(&self, org_ids: Vec<OrgId>, round: Round) -> Vec<OrgOutcome> {
        self.take_turns(stream::iter(org_ids.into_iter().map(Ok)), round).await.0
    }

    /// Lists the orgs after `start`, in the order of the table, a page at a time.
    pub(crate) fn orgs_after(&self, start: Option<String>) -> impl Stream<Item = Result<OrgId, TablesError>> + use<> {
        let tables = self.tables.clone();
        let pages = stream::try_unfold(Some(start), move |start| {
            let tables = tables.clone();
            async move {
                let Some(start) = start else { return Ok(None) };
                let page = tables.orgs.page(start).await?;
                let next = page.next.map(Some);
                Ok(Some((stream::iter(page.org_ids.into_iter().map(Ok)), next)))
            }
        });
        pages.try_flatten()
    }

    /// Lists and archives concurrently: neither waits for the other.
    async fn take_turns(
        &self,
        orgs: impl Stream<Item = Result<OrgId, TablesError>>,
        round: Round,
    ) -> (Vec<OrgOutcome>, Result<(), TablesError>) {
        let mut orgs = std::pin::pin!(orgs.fuse());
        let (mut turns, mut running) = (Turns::default(), FuturesUnordered::new());
        let (mut outcomes, mut listed, mut is_listing) = (Vec::new(), Ok(()), true);
        loop {
            while running.len() < ORGS_AT_ONCE
                && let Some(pass) = turns.next()
            {
                running.push(self.begin_turn(pass, round));
            }
            tokio::select! {
                org = orgs.next(), if is_listing => match org {
                    Some(Ok(org_id)) => turns.enter(Box::new(OrgPass::new(org_id, round.force))),
                    Some(Err(error)) => (listed, is_listing) = (Err(error), false),
                    None => is_listing = false,
                },
                Some(step) = running.next() => match step {
                    Step::Again(pass) => turns.again(pass),
                    Step::Over(outcome) => outcomes.push(outcome),
                },
                else => return (outcomes, listed),
            }
        }
    }

    /// Begins a turn, in a task of its own: even a panic stops only this org.
    fn begin_turn(&self, pass: Box<OrgPass>, round: Round) -> impl Future<Output = Step> + use<> {
        let (worker, org_id) = (self.clone(), pass.org_id.clone());
        let task = tokio::spawn({
            let worker = self.clone();
            async move { worker.step(pass, round).await }
        });
        async move {
            let step = match task.await {
                Ok(step) => step,
                Err(_) => {
                    let lag_seconds = worker.lag_seconds(&org_id).await.ok();
                    Step::Over(OrgOutcome { org_id, result: Err(CompactError::Cut), lag_seconds })
                }
            };
            if let Step::Over(outcome) = &step {
                outcome.record();
            }
            step
        }
    }

    async fn step(&self, mut pass: Box<OrgPass>, round: Round) -> Step {
        let turn = self.turn(&mut pass, round.stop_at).await;
        let wants_more = matches!(turn, Ok(Turn::Unfinished)) && !pass.report.cut_short;
        if wants_more && round.turns_until.is_none_or(|until| Instant::now() < until) {
            return Step::Again(pass);
        }
        if pass.lease.is_taken {
            self.end_lease(&pass.org_id).await;
        }
        // Also after a pass that failed: its rows still wait.
        let lag = self.lag_seconds(&pass.org_id).await;
        let OrgPass { org_id, mut report, .. } = *pass;
        let lag_seconds = lag.as_ref().ok().copied();
        let result = turn.and_then(|turn| {
            report.cut_short |= turn == Turn::Unfinished;
            report.busy = turn == Turn::Busy;
            report.lag_seconds = lag?;
            Ok(report)
        });
        Step::Over(OrgOutcome { org_id, result, lag_seconds })
    }
}

/// The orgs that wait for a turn: those that have had none first, then the unfinished ones, in order of arrival.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    fresh: VecDeque<T>,
    unfinished: VecDeque<T>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { fresh: VecDeque::new(), unfinished: VecDeque::new() }
    }
}

impl<T> Turns<T> {
    /// Adds an org that has had no turn.
    pub(crate) fn enter(&mut self, new: T) {
        self.fresh.push_back(new);
    }

    /// Adds an org that has had a turn and needs another.
    pub(crate) fn again(&mut self, unfinished: T) {
        self.unfinished.push_back(unfinished);
    }

    /// Takes the org whose turn it is.
    pub(crate) fn next(&mut self) -> Option<T> {
        self.fresh.pop_front().or_else(|| self.unfinished.pop_front())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An org: its number, and the number of turns that it has had.
    type Org = (usize, u32);

    /// Runs orgs that need these numbers of turns, `at_once` of them concurrently; `choices` decide whether an org is
    /// listed or a turn ends next, and which. Returns the turns in the order in which they began, each with the orgs
    /// that waited then.
    fn played(needs: &[u32], at_once: usize, choices: &[usize]) -> Vec<(Org, Vec<Org>)> {
        let (mut turns, mut running, mut begun) = (Turns::default(), Vec::<Org>::new(), Vec::new());
        let mut choices = choices.iter().copied().cycle();
        let mut listed = 0;
        loop {
            while running.len() < at_once
                && let Some(org) = turns.next()
            {
                begun.push((org, turns.fresh.iter().chain(&turns.unfinished).copied().collect()));
                running.push(org);
            }
            let choice = choices.next().unwrap();
            if listed < needs.len() && (running.is_empty() || choice % 2 == 0) {
                turns.enter((listed, 0));
                listed += 1;
            } else if running.is_empty() {
                return begun;
            } else {
                let (org, had) = running.swap_remove(choice % running.len());
                if had + 1 < needs[org] {
                    turns.again((org, had + 1));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn every_org_gets_its_turns_and_none_a_further_one_while_another_waits_for_its_first(
            needs in prop::collection::vec(1_u32..6, 0..12),
            at_once in 1_usize..5,
            choices in prop::collection::vec(any::<usize>(), 1..40),
        ) {
            let begun = played(&needs, at_once, &choices);
            for (org, need) in needs.iter().enumerate() {
                let had: Vec<_> = begun.iter().filter(|((other, _), _)| *other == org).map(|((_, had), _)| *had).collect();
                prop_assert_eq!(had, (0..*need).collect::<Vec<_>>(), "org {}", org);
            }
            for ((org, had), waiting) in &begun {
                prop_assert!(*had == 0 || waiting.iter().all(|(_, had)| *had > 0), "org {} before {:?}", org, waiting);
            }
            // Each other org overtakes a waiting org at most once: orgs without a turn, and orgs that waited longer.
            for (at, (_, waiting)) in begun.iter().enumerate() {
                for waiter in waiting {
                    let passed: Vec<_> = begun[at + 1..].iter().map(|(org, _)| *org).take_while(|org| org != waiter).collect();
                    let further = passed.iter().filter(|(_, had)| *had > 0).map(|(org, _)| *org);
                    let mut further: Vec<_> = further.collect();
                    let all = further.len();
                    further.sort_unstable();
                    further.dedup();
                    prop_assert_eq!(further.len(), all, "{:?} waited for {:?}", waiter, passed);
                }
            }
        }
    }
}
