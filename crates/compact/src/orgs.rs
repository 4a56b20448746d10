//! Passes over many orgs: side by side, and none of them stops another.

use audit_core::error::chain;
use audit_core::org::OrgId;
use audit_http::metrics::{self, Metric};
use audit_tables::TablesError;
use futures::{StreamExt, stream};
use tokio::time::Instant;

use crate::report::{OrgOutcome, PassReport};
use crate::{CompactError, Compactor};

/// Orgs archived side by side.
const ORGS_AT_ONCE: usize = 4;

impl Compactor {
    /// Archives what is due of every org.
    pub async fn pass_all(&self, force: bool, stop_at: Option<Instant>) -> Result<Vec<OrgOutcome>, TablesError> {
        let mut outcomes = Vec::new();
        let mut start = None;
        loop {
            let page = self.tables.orgs_page(start).await?;
            outcomes.extend(self.pass_each(page.org_ids, force, stop_at).await);
            start = page.next;
            if start.is_none() {
                return Ok(outcomes);
            }
        }
    }

    /// Archives what is due of these orgs; gives an outcome for each, in order.
    pub async fn pass_each(&self, org_ids: Vec<OrgId>, force: bool, stop_at: Option<Instant>) -> Vec<OrgOutcome> {
        let passes: Vec<_> = org_ids.into_iter().map(|org_id| self.outcome(org_id, force, stop_at)).collect();
        stream::iter(passes).buffered(ORGS_AT_ONCE).collect().await
    }

    async fn outcome(&self, org_id: OrgId, force: bool, stop_at: Option<Instant>) -> OrgOutcome {
        let worker = self.clone();
        let org = org_id.clone();
        // A task of its own: even a panic stops this org alone.
        let task = tokio::spawn(async move { worker.pass(&org, force, stop_at).await });
        let result = task.await.unwrap_or(Err(CompactError::Cut));
        match &result {
            Ok(report) => {
                let PassReport { rows, segments, repeated_rows, rows_set_aside, lag_seconds, cut_short, .. } = report;
                tracing::info!(
                    %org_id, rows, segments, repeated_rows, rows_set_aside, lag_seconds, cut_short, "pass finished"
                );
                metrics::count(Metric::RowsArchived, *rows);
                metrics::count(Metric::RowsSetAside, *rows_set_aside);
                metrics::seconds(Metric::ArchiveLagSeconds, *lag_seconds);
            }
            Err(error) => {
                tracing::error!(%org_id, error = chain(error), "pass stopped; the next one goes on");
                metrics::count(Metric::PassesFailed, 1);
                metrics::count(Metric::StoreThrottles, u64::from(error.is_throttle()));
            }
        }
        OrgOutcome { org_id, result }
    }
}
