//! Workers keep off an org that another one is archiving: they would only repeat its work.
//!
//! A lease for each org, and not an execution that ends where another runs: an execution that one slow org keeps running
//! would then hold up the passes of all others.

use std::time::Duration;

use audit_core::{OrgId, error::chain};
use audit_tables::Lease;

use crate::Compactor;

/// How long a lease lasts that is neither renewed nor ended. A worker on AWS lives no longer.
const LEASE: Duration = Duration::from_secs(900);

impl Compactor {
    /// The same worker under a name of its own choice: two of the same name do not keep off each other's orgs.
    pub fn named(self, worker: &str) -> Self {
        Self { worker: worker.into(), ..self }
    }

    /// Takes or renews the lease of an org; returns whether to work on it. A forced pass works in any case.
    ///
    /// Where the lease cannot be written, the worker works as if there were none: nothing depends on it.
    pub(crate) async fn take_lease(&self, org_id: &OrgId, force: bool) -> bool {
        let now = self.clock.now();
        let until = now.plus(LEASE);
        let lease = Lease { worker: &self.worker, until };
        self.tables.take_lease(org_id, lease, now, force).await.unwrap_or_else(|error| {
            tracing::warn!(%org_id, error = chain(&error), "the lease could not be taken; working without it");
            true
        })
    }

    /// Ends the lease of an org.
    pub(crate) async fn end_lease(&self, org_id: &OrgId) {
        if let Err(error) = self.tables.end_lease(org_id, &self.worker).await {
            tracing::warn!(%org_id, error = chain(&error), "the lease could not be ended; it ends by itself");
        }
    }
}
