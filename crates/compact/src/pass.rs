//! A pass over one org: batch after batch, one a turn, until no row of its scope remains.

use audit_core::{Day, Head, OrgId, Seq, limits::WAITING_ROWS};
use audit_tables::Written;
use tokio::time::Instant;

use crate::deadline::is_past;
use crate::error::Result;
use crate::lease::OrgLease;
use crate::merge_turn::Merging;
use crate::plan::{self, Scope};
use crate::protocol::Settled;
use crate::report::PassReport;
use crate::{CompactError, Compactor};

/// What a pass over one org keeps from one turn to the next.
#[derive(Debug)]
pub(crate) struct OrgPass {
    pub(crate) org_id: OrgId,
    force: bool,
    /// The day on which the pass began: the clock may pass midnight before the last turn.
    today: Option<Day>,
    scope: Option<Scope>,
    reached_end: bool,
    /// Whether the tree is signed; `None` before the end was reached.
    signed: Option<bool>,
    /// Whether the pass looks for segments to merge: once a day, and after it ended a merge.
    merges: bool,
    /// The last batch that this pass committed.
    own: Option<Seq>,
    pub(crate) lease: OrgLease,
    pub(crate) report: PassReport,
}

/// Whether a pass needs another turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// No: no row of its scope remains.
    Done,
    /// Yes: rows of its scope remain.
    Unfinished,
    /// No: another worker is archiving the org.
    Busy,
}

impl OrgPass {
    /// A pass that has had no turn, and takes the org's lease before it works.
    pub(crate) fn new(org_id: OrgId, force: bool) -> Self {
        let (lease, report) = (OrgLease::respected(force), PassReport::new(org_id.clone()));
        let (today, scope, signed, own) = (None, None, None, None);
        Self { org_id, force, today, scope, reached_end: false, signed, merges: force, own, lease, report }
    }
}

impl PassReport {
    /// Returns how a turn ends after a part of a merge that is not done; `None` if the head is to be read again.
    fn ended_by(&mut self, merging: Merging) -> Option<Turn> {
        self.cut_short |= merging == Merging::Stopped;
        match merging {
            Merging::Done | Merging::Again(_) => None,
            Merging::Busy => Some(Turn::Busy),
            Merging::Stopped => Some(Turn::Unfinished),
        }
    }
}

impl Compactor {
    /// Archives the rows of one org that are due, or all rows if `force` is set. Neither takes nor respects a lease.
    ///
    /// # Errors
    /// A store failed, or the ledger is damaged. The next pass continues from the ledger.
    ///
    /// # Guarantees
    /// Continues what an earlier pass left, at any step. Ends once `stop_at` has passed, and reports that rows remain:
    /// the rows read until then are committed; copies and deletes stop where they are.
    pub async fn pass(&self, org_id: &OrgId, force: bool, stop_at: Option<Instant>) -> Result<PassReport> {
        let mut pass = OrgPass { lease: OrgLease::ignored(), ..OrgPass::new(org_id.clone(), force) };
        while self.turn(&mut pass, stop_at).await? == Turn::Unfinished && !pass.report.cut_short {}
        pass.report.lag_seconds = self.lag_seconds(org_id).await?;
        Ok(pass.report)
    }

    /// Takes one turn of a pass: up to the end of one batch, its own or one that an earlier pass left open.
    pub(crate) async fn turn(&self, pass: &mut OrgPass, stop_at: Option<Instant>) -> Result<Turn> {
        let OrgPass { org_id, force, today, scope, reached_end, signed, merges, own, lease, report } = pass;
        let today = *today.get_or_insert_with(|| self.clock.now().day());
        let (mut closed_one, mut lost_at) = (false, None);
        lease.begin_turn();
        loop {
            let mut closed = Vec::new();
            let settled = self.settled_head(org_id, lease, stop_at, &mut closed).await?;
            // A batch that another worker opened was recovered; the pass's own was not.
            report.recovered_batches += closed.iter().filter(|first_seq| Some(**first_seq) != *own).count() as u64;
            closed_one |= !closed.is_empty();
            let head = match settled {
                Settled::Head(head) => *head,
                Settled::Busy => return Ok(Turn::Busy),
                Settled::Stopped => {
                    report.cut_short = true;
                    return Ok(Turn::Unfinished);
                }
            };
            let merging = self.settled_merge(org_id, &head, lost_at, lease, stop_at, &mut report.merges).await?;
            if merging != Merging::Done {
                if let Some(turn) = report.ended_by(merging) {
                    return Ok(turn);
                }
                lost_at = merging.lost(&head);
                continue;
            }
            // The winner of a commit raised the head. If the head did not move, a stray item occupies the batch's key,
            // and retrying would loop forever.
            if lost_at == Some(head.version) {
                return Err(CompactError::LedgerStray(head.next_seq));
            }
            if *reached_end && signed.is_none() {
                *signed = Some(self.checkpoint(org_id, &head).await?);
            }
            if is_past(stop_at) && !*reached_end {
                report.cut_short = true;
                return Ok(Turn::Unfinished);
            }
            let scope = match *scope {
                Some(scope) => scope,
                None => {
                    *merges |= plan::daily_is_due(&head, today);
                    *scope.insert(self.scope(org_id, &head, *force, today).await?)
                }
            };
            // While KMS fails, the day stays due, so that the next pass comes here again.
            if *signed == Some(true) && plan::daily_is_due(&head, today) {
                self.remember_day(org_id, &head, today).await?;
                continue;
            }
            if *reached_end || scope == Scope::Nothing {
                let merging = self.merge(org_id, &head, merges, lease, stop_at).await?;
                if merging == Merging::Done {
                    return Ok(Turn::Done);
                }
                if let Some(turn) = report.ended_by(merging) {
                    return Ok(turn);
                }
                lost_at = merging.lost(&head);
                continue;
            }
            if closed_one {
                return Ok(Turn::Unfinished);
            }
            if !self.may_work(org_id, lease).await {
                return Ok(Turn::Busy);
            }
            if !self.check(org_id, &head).await? {
                continue;
            }
            let staged = match Box::pin(self.stage_batch(org_id, &head, scope.span(), stop_at)).await {
                Err(CompactError::Overtaken) => continue,
                staged => staged?,
            };
            report.repeated_rows += staged.repeated_rows;
            // Not added: each batch reads, and counts, the quarantined rows again.
            report.rows_quarantined = staged.rows_quarantined;
            if !staged.segments.is_empty() {
                let (batch, written) = self.commit(org_id, &head, &staged).await?;
                if written == Written::Lost {
                    lost_at = Some(head.version);
                    tracing::info!(%org_id, "another worker committed first; starting again");
                    continue;
                }
                report.rows += batch.rows;
                report.segments += batch.segments.len() as u64;
                report.first_seq.get_or_insert(batch.first_seq);
                report.next_seq = Some(batch.first_seq.plus(batch.rows));
                *own = Some(batch.first_seq);
            }
            *reached_end = staged.reached_end;
        }
    }

    async fn scope(&self, org_id: &OrgId, head: &Head, force: bool, today: Day) -> Result<Scope> {
        let waiting = if force { 0 } else { self.tables.events.waiting(org_id, WAITING_ROWS).await? };
        Ok(Scope::of(force, head, today, waiting))
    }

    /// Notes that the days before `today` are archived. If another worker changed the head first, it is read again.
    async fn remember_day(&self, org_id: &OrgId, head: &Head, today: Day) -> Result<()> {
        self.tables.ledger.replace_head(org_id, head, &head.after_daily(today, &self.home())).await?;
        Ok(())
    }
}
