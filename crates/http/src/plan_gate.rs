//! Which orgs may use audit logs: those whose plan has them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use audit_core::{Clock, OrgId, UnixMicros, limits::PLAN_CACHE};
use audit_runtime::metrics::{self, Metric};
use audit_tables::OrgsTable;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::extract::{Deadline, OrgPath};
use crate::{Problem, ProblemKind};

/// Maximum number of cached orgs. The cache is cleared when it is full.
const CACHED_ORGS: usize = 10_000;

/// Decides whether an org can use audit logs. A router's state offers it to [`AdmittedOrg`] through [`AsRef`].
///
/// # Guarantees
/// A refusal is never cached, so a new org and an upgrade take effect at once. A downgrade takes effect within
/// [`PLAN_CACHE`].
pub struct PlanGate {
    orgs: OrgsTable,
    clock: Arc<dyn Clock>,
    granted: Mutex<HashMap<OrgId, UnixMicros>>,
}

impl PlanGate {
    /// Returns a gate with an empty cache.
    pub fn new(orgs: OrgsTable, clock: Arc<dyn Clock>) -> Self {
        Self { orgs, clock, granted: Mutex::default() }
    }

    /// Lets a request of an org pass if the org is registered and its plan has audit logs.
    ///
    /// # Errors
    /// 404 for an unknown org, 403 for another plan, 503 if the table does not respond.
    pub(crate) async fn admit(&self, org_id: &OrgId, parts: &Parts) -> Result<(), Problem> {
        let now = self.clock.now();
        if self.is_cached(org_id, now) {
            return Ok(());
        }
        let org = Deadline::of(parts).table(self.orgs.get(org_id)).await?;
        let is_granted = org.as_ref().is_some_and(|org| org.profile.has_audit_logs());
        self.note(org_id, is_granted, now);
        match org {
            None => Err(ProblemKind::UnknownOrg.into()),
            Some(_) if is_granted => Ok(()),
            Some(org) => {
                count_refusal(org_id, org.had_plan, !parts.method.is_safe());
                Err(ProblemKind::PlanRequired.into())
            }
        }
    }

    /// Caches a grant, or forgets the earlier one of an org that is refused.
    fn note(&self, org_id: &OrgId, is_granted: bool, now: UnixMicros) {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_granted {
            granted.remove(org_id);
            return;
        }
        if granted.len() >= CACHED_ORGS {
            granted.clear();
        }
        granted.insert(org_id.clone(), now);
    }

    fn is_cached(&self, org_id: &OrgId, now: UnixMicros) -> bool {
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted.get(org_id).is_some_and(|since| *since <= now && now.since(*since) < PLAN_CACHE)
    }
}

/// The org id in the path, of a registered org whose plan has audit logs.
#[derive(Debug)]
pub struct AdmittedOrg(pub OrgId);

impl<S: AsRef<PlanGate> + Send + Sync> FromRequestParts<Arc<S>> for AdmittedOrg {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<S>) -> Result<Self, Problem> {
        let OrgPath(org_id) = OrgPath::from_request_parts(parts, state).await?;
        let gate: &PlanGate = S::as_ref(state);
        gate.admit(&org_id, parts).await?;
        Ok(Self(org_id))
    }
}

/// Counts a refusal. An org that had the plan can have events: if the platform did not end the plan, a wrong or late
/// update did, so the log shows the org.
fn count_refusal(org_id: &OrgId, had_plan: bool, is_write: bool) {
    metrics::count(Metric::WritesRefusedByPlan, is_write.into());
    metrics::count(Metric::RefusalsAfterPlan, had_plan.into());
    if had_plan {
        tracing::warn!(%org_id, "refused a request for an org that had the plan");
    }
}
