//! Which orgs may use audit logs: those whose plan has them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use audit_core::{Clock, IdKey, OrgId, UnixMicros, limits::PLAN_CACHE};
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
    granted: Mutex<HashMap<OrgId, Grant>>,
}

/// A cached grant.
struct Grant {
    since: UnixMicros,
    id_key: IdKey,
}

impl PlanGate {
    /// Returns a gate with an empty cache.
    pub fn new(orgs: OrgsTable, clock: Arc<dyn Clock>) -> Self {
        Self { orgs, clock, granted: Mutex::default() }
    }

    /// Lets a request of an org pass if the org is registered and its plan has audit logs. Returns the key of the org's
    /// ids.
    ///
    /// # Errors
    /// 404 for an unknown org, 403 for another plan, 503 if the table does not respond.
    pub(crate) async fn admit(&self, org_id: &OrgId, parts: &Parts) -> Result<IdKey, Problem> {
        let now = self.clock.now();
        if let Some(id_key) = self.cached(org_id, now) {
            return Ok(id_key);
        }
        let keyed = Deadline::of(parts).table(self.orgs.keyed(org_id)).await?;
        let granted = keyed.as_ref().filter(|keyed| keyed.org.profile.has_audit_logs());
        self.note(org_id, granted.map(|keyed| Grant { since: now, id_key: keyed.id_key.clone() }));
        match keyed {
            None => Err(ProblemKind::UnknownOrg.into()),
            Some(keyed) if keyed.org.profile.has_audit_logs() => Ok(keyed.id_key),
            Some(keyed) => {
                count_refusal(org_id, keyed.org.had_plan, !parts.method.is_safe());
                Err(ProblemKind::PlanRequired.into())
            }
        }
    }

    /// Lets a request of an org pass if the org is registered, on any plan. Returns the key of the org's ids.
    ///
    /// # Errors
    /// 404 for an unknown org, 503 if the table does not respond.
    async fn find(&self, org_id: &OrgId, parts: &Parts) -> Result<IdKey, Problem> {
        let keyed = Deadline::of(parts).table(self.orgs.keyed(org_id)).await?;
        keyed.map(|keyed| keyed.id_key).ok_or_else(|| ProblemKind::UnknownOrg.into())
    }

    /// Caches a grant, or forgets the earlier one of an org that is refused.
    fn note(&self, org_id: &OrgId, grant: Option<Grant>) {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(grant) = grant else {
            granted.remove(org_id);
            return;
        };
        if granted.len() >= CACHED_ORGS {
            granted.clear();
        }
        granted.insert(org_id.clone(), grant);
    }

    fn cached(&self, org_id: &OrgId, now: UnixMicros) -> Option<IdKey> {
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = granted.get(org_id).filter(|grant| grant.since <= now && now.since(grant.since) < PLAN_CACHE);
        grant.map(|grant| grant.id_key.clone())
    }
}

/// The org in the path, if it is registered and its plan has audit logs.
#[derive(Debug)]
pub struct AdmittedOrg {
    /// Its id.
    pub org_id: OrgId,
    /// The key of its ids.
    pub id_key: IdKey,
}

impl<S: AsRef<PlanGate> + Send + Sync> FromRequestParts<Arc<S>> for AdmittedOrg {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<S>) -> Result<Self, Problem> {
        let OrgPath(org_id) = OrgPath::from_request_parts(parts, state).await?;
        let gate: &PlanGate = S::as_ref(state);
        let id_key = gate.admit(&org_id, parts).await?;
        Ok(Self { org_id, id_key })
    }
}

/// The org in the path, if it is registered, on any plan.
#[derive(Debug)]
pub struct RegisteredOrg {
    /// Its id.
    pub org_id: OrgId,
    /// The key of its ids.
    pub id_key: IdKey,
}

impl<S: AsRef<PlanGate> + Send + Sync> FromRequestParts<Arc<S>> for RegisteredOrg {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<S>) -> Result<Self, Problem> {
        let OrgPath(org_id) = OrgPath::from_request_parts(parts, state).await?;
        let gate: &PlanGate = S::as_ref(state);
        let id_key = gate.find(&org_id, parts).await?;
        Ok(Self { org_id, id_key })
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
