//! A pass: batch after batch, a turn each, until nothing of its scope is left.

use audit_core::{Day, Head, OrgId, Phase, limits::WAITING_ROWS};
use audit_tables::Written;
use tokio::time::Instant;

use crate::batch::Commit;
use crate::error::CompactError;
use crate::plan::{self, Scope};
use crate::report::PassReport;
use crate::{Compactor, stop};

/// A pass over one org, in turns: what it keeps from one turn to the next.
#[derive(Debug)]
pub(crate) struct OrgPass {
    pub(crate) org_id: OrgId,
    force: bool,
    /// The day on which it began: the clock may pass midnight before the last turn.
    today: Option<Day>,
    scope: Option<Scope>,
    reached_end: bool,
    own: Option<Commit>,
    /// Whether the pass keeps off an org that another worker has leased.
    leases: bool,
    /// Whether it took the lease.
    pub(crate) leased: bool,
    pub(crate) report: PassReport,
}

/// Whether a pass needs another turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// No: nothing of its scope is left.
    Done,
    /// Yes: rows of its scope are left.
    Unfinished,
    /// No: another worker is archiving the org.
    Busy,
}

impl OrgPass {
    /// A pass that has had no turn and keeps off an org that another worker has leased.
    pub(crate) fn new(org_id: OrgId, force: bool) -> Self {
        let report = PassReport::new(org_id.clone());
        Self {
            org_id,
            force,
            today: None,
            scope: None,
            reached_end: false,
            own: None,
            leases: true,
            leased: false,
            report,
        }
    }
}

impl Compactor {
    /// Archives what is due of one org, or all of its rows where `force` is given.
    ///
    /// # Guarantees
    /// Resumes whatever an earlier pass left, at any step. Ends once `stop_at` is past, and reports what is left: a batch
    /// that is being read is committed with the rows so far; copies and deletes stop where they are.
    /// It takes no lease and respects none.
    pub async fn pass(
        &self,
        org_id: &OrgId,
        force: bool,
        stop_at: Option<Instant>,
    ) -> Result<PassReport, CompactError> {
        let mut pass = OrgPass { leases: false, ..OrgPass::new(org_id.clone(), force) };
        while self.turn(&mut pass, stop_at).await? == Turn::Unfinished && !pass.report.cut_short {}
        pass.report.lag_seconds = self.lag_seconds(org_id).await?;
        Ok(pass.report)
    }

    /// Takes one turn of a pass: up to the end of one batch, its own or one that an earlier pass left open.
    pub(crate) async fn turn(&self, pass: &mut OrgPass, stop_at: Option<Instant>) -> Result<Turn, CompactError> {
        let OrgPass { org_id, force, today, scope, reached_end, own, leases, leased, report } = pass;
        let today = *today.get_or_insert_with(|| self.clock.now().day());
        let mut lost_at = None;
        let mut closed_one = false;
        // Asked for in each turn: other orgs may have had theirs since the last one.
        let mut may_work = !*leases;
        loop {
            let head = self.tables.head(org_id).await?;
            if lost_at == Some(head.version) {
                return Err(CompactError::LedgerStray(head.next_seq));
            }
            if let Some(open) = head.open {
                if !may_work {
                    (may_work, *leased) = (true, self.take_lease(org_id, *force).await);
                    if !*leased {
                        return Ok(Turn::Busy);
                    }
                }
                let mine = own.as_ref().is_some_and(|commit| commit.batch.first_seq == open.first_seq);
                // Boxed, as the batch below: their states are most of a pass's, which callers move about and join by the dozen.
                let Some(finished) = stop::until(stop_at, Box::pin(self.finish(org_id, &head, open))).await else {
                    report.cut_short = true;
                    return Ok(Turn::Unfinished);
                };
                let finished = finished?;
                let closed = open.phase == Phase::Published && finished == Written::Applied;
                report.recovered_batches += u64::from(closed && !mine);
                closed_one |= closed;
                continue;
            }
            if *reached_end {
                self.remember_day(org_id, &head, today).await?;
                return Ok(Turn::Done);
            }
            if stop::is_past(stop_at) {
                report.cut_short = true;
                return Ok(Turn::Unfinished);
            }
            let scope = match *scope {
                Some(scope) => scope,
                None => *scope.insert(self.scope(org_id, &head, *force, today).await?),
            };
            if scope == Scope::Nothing {
                return Ok(Turn::Done);
            }
            if closed_one {
                return Ok(Turn::Unfinished);
            }
            if !may_work {
                (may_work, *leased) = (true, self.take_lease(org_id, *force).await);
                if !*leased {
                    return Ok(Turn::Busy);
                }
            }
            let outcome = Box::pin(self.batch(org_id, &head, scope.span(), stop_at)).await?;
            report.repeated_rows += outcome.repeated_rows;
            report.rows_quarantined = outcome.rows_quarantined;
            match outcome.commit {
                Some(commit) if commit.written == Written::Applied => {
                    report.rows += commit.batch.rows;
                    report.segments += commit.batch.segments.len() as u64;
                    report.first_seq.get_or_insert(commit.batch.first_seq);
                    report.next_seq = Some(commit.batch.first_seq.plus(commit.batch.rows));
                    *reached_end = outcome.reached_end;
                    *own = Some(commit);
                }
                // Another worker committed first: what was encoded here has the wrong numbers and is left to expire.
                // It has raised the head; else something stands where the batch belongs, and starting again would be for ever.
                Some(_) => {
                    lost_at = Some(head.version);
                    tracing::info!(%org_id, "another worker committed first; starting again");
                }
                None => *reached_end = outcome.reached_end,
            }
        }
    }

    async fn scope(&self, org_id: &OrgId, head: &Head, force: bool, today: Day) -> Result<Scope, CompactError> {
        let waiting = if force { 0 } else { self.tables.waiting(org_id, WAITING_ROWS).await? };
        Ok(Scope::of(force, head, today, waiting))
    }

    /// Notes that the days before `today` are archived. Where another worker changed the head meanwhile, the next pass notes it.
    async fn remember_day(&self, org_id: &OrgId, head: &Head, today: Day) -> Result<(), CompactError> {
        if plan::daily_is_due(head, today) {
            self.tables.replace_head(org_id, head, &head.after_daily(today)).await?;
        }
        Ok(())
    }
}
