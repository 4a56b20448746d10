//! Leases: a worker avoids an org that another worker is archiving, since it would only repeat the same work.
//!
//! There is a lease for each org, rather than an execution that ends if another one runs: an execution that one slow
//! org keeps busy would then delay the passes of all other orgs.

use std::time::Duration;

use audit_core::{OrgId, error::chain};
use audit_tables::Lease;

use crate::Compactor;

/// How long a lease lasts that is neither renewed nor ended. A worker on AWS lives no longer.
const LEASE: Duration = Duration::from_secs(900);

/// How a pass over one org treats the org's lease.
#[derive(Debug)]
pub(crate) struct OrgLease {
    is_respected: bool,
    force: bool,
    /// Whether this turn may work on the org.
    is_granted: bool,
    /// Whether the worker has the lease, and has to end it.
    pub(crate) is_taken: bool,
}

impl OrgLease {
    /// A pass that takes the lease before it works. A forced one works even if another worker has it.
    pub(crate) fn respected(force: bool) -> Self {
        Self { is_respected: true, force, is_granted: false, is_taken: false }
    }

    /// A pass that works without the lease.
    pub(crate) fn ignored() -> Self {
        Self { is_respected: false, force: false, is_granted: true, is_taken: false }
    }

    /// Begins a turn, which renews the lease: other orgs may have had their turns since the last one.
    pub(crate) fn begin_turn(&mut self) {
        self.is_granted = !self.is_respected;
    }
}

impl Compactor {
    /// The same worker under another name. Two workers of the same name do not avoid each other's orgs.
    pub fn named(self, worker: &str) -> Self {
        Self { worker: worker.into(), ..self }
    }

    /// Whether a turn may work on an org. Takes or renews the lease at the first call of a turn.
    pub(crate) async fn may_work(&self, org_id: &OrgId, lease: &mut OrgLease) -> bool {
        if !lease.is_granted {
            lease.is_taken = self.take_lease(org_id, lease.force).await;
            lease.is_granted = lease.is_taken;
        }
        lease.is_granted
    }

    /// If the lease cannot be written, the worker works without it: correctness does not depend on leases.
    async fn take_lease(&self, org_id: &OrgId, force: bool) -> bool {
        let now = self.clock.now();
        let until = now.plus(LEASE);
        let lease = Lease { worker: &self.worker, until };
        self.tables.ledger.take_lease(org_id, lease, now, force).await.unwrap_or_else(|error| {
            tracing::warn!(%org_id, error = chain(&error), "the lease could not be taken; working without it");
            true
        })
    }

    /// Ends the lease of an org.
    pub(crate) async fn end_lease(&self, org_id: &OrgId) {
        if let Err(error) = self.tables.ledger.end_lease(org_id, &self.worker).await {
            tracing::warn!(%org_id, error = chain(&error), "the lease could not be ended; it expires by itself");
        }
    }
}
