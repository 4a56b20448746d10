//! A pass: batch after batch, until nothing of its scope is left.

use audit_core::ledger::Head;
use audit_core::limits::WAITING_ROWS;
use audit_core::org::OrgId;
use audit_tables::TablesError;
use audit_tables::ledger::Written;
use futures::{StreamExt, stream};
use tokio::time::Instant;

use crate::Compactor;
use crate::batch::Commit;
use crate::error::CompactError;
use crate::plan::Scope;
use crate::report::{OrgOutcome, PassReport};

/// Orgs archived side by side.
const ORGS_AT_ONCE: usize = 4;

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
        let mut scope = None;
        let mut reached_end = false;
        let mut own: Option<Commit> = None;
        loop {
            let head = self.tables.head(org_id).await?;
            if let Some(open) = head.open {
                let mine = own.as_ref().is_some_and(|commit| commit.batch.first_seq == open.first_seq);
                let finished = self.finish(org_id, &head, open).await?;
                let closed = matches!(open.phase, audit_core::ledger::Phase::Published);
                report.recovered_batches += u64::from(!mine && closed && finished == Written::Applied);
                continue;
            }
            if reached_end {
                self.remember_day(org_id, &head).await?;
                return Ok(report);
            }
            if stop_at.is_some_and(|stop_at| Instant::now() >= stop_at) {
                report.cut_short = true;
                return Ok(report);
            }
            let scope = match scope {
                Some(scope) => scope,
                None => *scope.insert(self.scope(org_id, &head, force).await?),
            };
            if scope == Scope::Nothing {
                return Ok(report);
            }
            let outcome = self.batch(org_id, &head, scope.span(), stop_at).await?;
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
                Some(_) => tracing::info!(%org_id, "another worker committed first; starting again"),
                None => reached_end = outcome.reached_end,
            }
        }
    }

    /// Archives what is due of every org, a few side by side; an org that fails stops no other.
    pub async fn pass_all(&self, force: bool, stop_at: Option<Instant>) -> Result<Vec<OrgOutcome>, TablesError> {
        let mut outcomes = Vec::new();
        let mut start = None;
        loop {
            let page = self.tables.orgs_page(start).await?;
            let passes: Vec<_> = page.org_ids.into_iter().map(|org_id| self.outcome(org_id, force, stop_at)).collect();
            outcomes.extend(stream::iter(passes).buffered(ORGS_AT_ONCE).collect::<Vec<_>>().await);
            start = page.next;
            if start.is_none() {
                return Ok(outcomes);
            }
        }
    }

    /// The outcome of the pass over one org, logged.
    pub async fn outcome(&self, org_id: OrgId, force: bool, stop_at: Option<Instant>) -> OrgOutcome {
        let worker = self.clone();
        let org = org_id.clone();
        // A task of its own: even a panic stops this org alone.
        let task = tokio::spawn(async move { worker.pass(&org, force, stop_at).await });
        let result = task.await.unwrap_or(Err(CompactError::Cut));
        match &result {
            Ok(report) => {
                let PassReport { rows, segments, repeated_rows, rows_set_aside, cut_short, .. } = report;
                tracing::info!(%org_id, rows, segments, repeated_rows, rows_set_aside, cut_short, "pass finished");
                audit_http::metrics::count("RowsArchived", *rows);
                audit_http::metrics::count("RowsSetAside", *rows_set_aside);
            }
            Err(error) => {
                tracing::error!(%org_id, %error, "pass stopped; the next one goes on");
                audit_http::metrics::count("PassesFailed", 1);
            }
        }
        OrgOutcome { org_id, result }
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
