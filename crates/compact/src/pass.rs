//! A pass: batch after batch, until nothing of its scope is left.

use audit_core::ledger::{Head, Phase};
use audit_core::limits::WAITING_ROWS;
use audit_core::org::OrgId;
use audit_core::span::{Order, Span};
use audit_tables::events::{HotRow, HotScan};
use audit_tables::ledger::Written;
use tokio::time::Instant;

use crate::Compactor;
use crate::batch::Commit;
use crate::error::CompactError;
use crate::plan::Scope;
use crate::report::PassReport;

impl Compactor {
    /// Archives what is due of one org, or all of its rows where `force` is given.
    ///
    /// *Guarantees*: resumes whatever an earlier pass left, at any step. Ends between two batches once `stop_at` is past.
    pub async fn pass(
        &self,
        org_id: &OrgId,
        force: bool,
        stop_at: Option<Instant>,
    ) -> Result<PassReport, CompactError> {
        let mut report = PassReport::new(org_id.clone());
        self.archive_batches(org_id, force, stop_at, &mut report).await?;
        report.lag_seconds = self.lag_seconds(org_id).await?;
        Ok(report)
    }

    async fn archive_batches(
        &self,
        org_id: &OrgId,
        force: bool,
        stop_at: Option<Instant>,
        report: &mut PassReport,
    ) -> Result<(), CompactError> {
        let mut scope = None;
        let mut reached_end = false;
        let mut own: Option<Commit> = None;
        let mut lost_at = None;
        loop {
            let head = self.tables.head(org_id).await?;
            if lost_at == Some(head.version) {
                return Err(CompactError::LedgerStray(head.next_seq));
            }
            if let Some(open) = head.open {
                let mine = own.as_ref().is_some_and(|commit| commit.batch.first_seq == open.first_seq);
                // Boxed, as the batch below: their states are most of a pass's, which callers move about and join by the dozen.
                let finished = Box::pin(self.finish(org_id, &head, open)).await?;
                let closed = open.phase == Phase::Published && finished == Written::Applied;
                report.recovered_batches += u64::from(closed && !mine);
                continue;
            }
            if reached_end {
                return self.remember_day(org_id, &head).await;
            }
            if stop_at.is_some_and(|stop_at| Instant::now() >= stop_at) {
                report.cut_short = true;
                return Ok(());
            }
            let scope = match scope {
                Some(scope) => scope,
                None => *scope.insert(self.scope(org_id, &head, force).await?),
            };
            if scope == Scope::Nothing {
                return Ok(());
            }
            let outcome = Box::pin(self.batch(org_id, &head, scope.span(), stop_at)).await?;
            report.repeated_rows += outcome.repeated_rows;
            report.rows_set_aside = outcome.rows_set_aside;
            match outcome.commit {
                Some(commit) if commit.written == Written::Applied => {
                    report.rows += commit.batch.rows;
                    report.segments += commit.batch.segments.len() as u64;
                    report.first_seq.get_or_insert(commit.batch.first_seq);
                    report.next_seq = Some(commit.batch.first_seq.plus(commit.batch.rows));
                    reached_end = outcome.reached_end;
                    own = Some(commit);
                }
                // Another worker committed first: what was encoded here has the wrong numbers and is left to expire.
                // It has raised the head; else something stands where the batch belongs, and starting again would be for ever.
                Some(_) => {
                    lost_at = Some(head.version);
                    tracing::info!(%org_id, "another worker committed first; starting again");
                }
                None => reached_end = outcome.reached_end,
            }
        }
    }

    /// The age of the first row of each shard, the oldest of them.
    async fn lag_seconds(&self, org_id: &OrgId) -> Result<u64, CompactError> {
        let scan = HotScan { org_id: org_id.clone(), span: Span::ALL, order: Order::Oldest };
        let mut oldest = self.clock.now();
        for shard in audit_tables::keys::shards() {
            let page = self.tables.hot_page(&scan, shard, None, Some(1)).await?;
            if let Some(HotRow::Event(event)) = page.rows.first() {
                oldest = oldest.min(event.ingested_at);
            }
        }
        Ok(u64::try_from((self.clock.now().0 - oldest.0) / 1_000_000).unwrap_or(0))
    }

    async fn scope(&self, org_id: &OrgId, head: &Head, force: bool) -> Result<Scope, CompactError> {
        let waiting = if force { 0 } else { self.tables.waiting(org_id, WAITING_ROWS).await? };
        Ok(Scope::of(force, head, self.clock.now().day(), waiting))
    }

    /// Notes that the past days are archived. Whoever changed the head meanwhile lets the next pass note it.
    async fn remember_day(&self, org_id: &OrgId, head: &Head) -> Result<(), CompactError> {
        let today = self.clock.now().day();
        if head.daily.is_none_or(|daily| daily < today) {
            self.tables.replace_head(org_id, head, &head.after_daily(today)).await?;
        }
        Ok(())
    }
}
