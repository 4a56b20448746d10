//! Refuses a request for an org whose plan has no audit logs.

use audit_core::OrgId;

use crate::Problem;
use audit_runtime::metrics::{self, Metric};

/// Returns the problem for an org whose plan has no audit logs.
///
/// An org that had the plan may have events. Its refusals are counted, and the log names the org: when the platform did not end
/// the plan, a wrong or late update did.
pub fn refused(org_id: &OrgId, had_plan: bool) -> Problem {
    if had_plan {
        metrics::count(Metric::RefusalsAfterPlan, 1);
        tracing::warn!(%org_id, "a request was refused for an org that had the plan");
    }
    Problem::plan_required()
}
