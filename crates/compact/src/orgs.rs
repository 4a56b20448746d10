//! Passes over many orgs, concurrently and in turns: no org stops another, and a slow one delays only itself.

use audit_core::{OrgId, error::chain};
use audit_runtime::metrics::{self, Metric};
use audit_tables::TablesError;
use futures::stream::{self, FuturesUnordered, Stream, StreamExt, TryStreamExt};
use tokio::time::Instant;

use crate::pass::{OrgPass, Turn};
use crate::report::{OrgOutcome, PassReport};
use crate::turns::Turns;
use crate::{CompactError, Compactor};

/// Orgs archived concurrently.
const ORGS_AT_ONCE: usize = 4;

/// How a round of passes over many orgs goes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Round {
    /// Whether all rows are archived, due or not.
    pub force: bool,
    /// When the round stops; `None` where nothing is left.
    pub stop_at: Option<Instant>,
    /// When the last further turn of an org begins. Its first turn is never refused. `None` for as many as it needs.
    pub turns_until: Option<Instant>,
}

/// What a turn led to.
enum Step {
    Again(Box<OrgPass>),
    Over(OrgOutcome),
}

impl Compactor {
    /// Archives what is due of every org; returns an outcome for each, in the order in which their passes ended.
    ///
    /// # Errors
    /// The list of orgs could not be read to its end. Every org that was listed before had its pass.
    pub async fn pass_all(&self, force: bool, stop_at: Option<Instant>) -> Result<Vec<OrgOutcome>, TablesError> {
        self.round(Round { force, stop_at, turns_until: None }).await
    }

    /// Passes over every org as `round` says, otherwise as [`Compactor::pass_all`].
    pub async fn round(&self, round: Round) -> Result<Vec<OrgOutcome>, TablesError> {
        let tables = self.tables.clone();
        let pages = stream::try_unfold(Some(None), move |start: Option<Option<String>>| {
            let tables = tables.clone();
            async move {
                let Some(start) = start else { return Ok(None) };
                let page = tables.orgs_page(start).await?;
                let next = page.next.map(Some);
                Ok::<_, TablesError>(Some((stream::iter(page.org_ids.into_iter().map(Ok)), next)))
            }
        });
        let (outcomes, listed) = self.take_turns(pages.try_flatten(), round).await;
        listed.map(|()| outcomes)
    }

    /// Archives what is due of these orgs; returns an outcome for each, in the order in which their passes ended.
    pub async fn pass_each(&self, org_ids: Vec<OrgId>, force: bool, stop_at: Option<Instant>) -> Vec<OrgOutcome> {
        self.round_of(org_ids, Round { force, stop_at, turns_until: None }).await
    }

    /// Passes over these orgs as `round` says.
    pub(crate) async fn round_of(&self, org_ids: Vec<OrgId>, round: Round) -> Vec<OrgOutcome> {
        self.take_turns(stream::iter(org_ids.into_iter().map(Ok)), round).await.0
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

    /// Begins a turn, in a task of its own: even a panic stops this org only.
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
                outcome.count();
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
        if pass.leased {
            self.end_lease(&pass.org_id).await;
        }
        // Of a pass that stopped too: its rows wait all the same.
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

impl OrgOutcome {
    /// Logs and counts it.
    fn count(&self) {
        let Self { org_id, result, lag_seconds } = self;
        match result {
            Ok(report) => {
                let PassReport {
                    rows, segments, repeated_rows, rows_quarantined, lag_seconds, cut_short, busy, ..
                } = report;
                tracing::info!(
                    %org_id, rows, segments, repeated_rows, rows_quarantined, lag_seconds, cut_short, busy, "pass finished"
                );
                metrics::count(Metric::RowsArchived, *rows);
                metrics::count(Metric::RowsQuarantined, *rows_quarantined);
            }
            Err(error) => {
                tracing::error!(%org_id, error = chain(error), lag_seconds, "pass stopped; the next one goes on");
                metrics::count_of_org(Metric::PassesFailed, org_id, 1);
                metrics::count(Metric::StoreThrottles, u64::from(error.is_throttle()));
            }
        }
        if let Some(lag_seconds) = lag_seconds {
            metrics::seconds_of_org(Metric::ArchiveLagSeconds, org_id, *lag_seconds);
        }
    }
}
