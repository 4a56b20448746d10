//! Whether an org may use audit logs, remembered for at most a minute where it may.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use audit_core::{OrgId, UnixMicros, limits::PLAN_CACHE};

use crate::Tables;
use crate::error::TablesError;

/// Answers held at most; at one more all are forgotten.
const HELD: usize = 10_000;

/// Whether an org may use audit logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Granted,
    /// Nobody told us about it.
    UnknownOrg,
    /// Its plan has no audit logs.
    PlanRequired {
        /// Whether an earlier plan had them, so that the org may have events.
        had_plan: bool,
    },
}

/// Asks the orgs table, and remembers who may.
///
/// *Guarantees*: a refusal is never remembered, so a new org and an upgrade take effect at once; a downgrade within
/// [`PLAN_CACHE`].
#[derive(Debug)]
pub struct Gate {
    tables: Tables,
    granted: Mutex<HashMap<OrgId, UnixMicros>>,
}

impl Gate {
    /// A gate that remembers nothing yet.
    pub fn new(tables: Tables) -> Self {
        Self { tables, granted: Mutex::default() }
    }

    /// Whether `org_id` may use audit logs.
    pub async fn access(&self, org_id: &OrgId, now: UnixMicros) -> Result<Access, TablesError> {
        if self.remembers(org_id, now) {
            return Ok(Access::Granted);
        }
        let access = match self.tables.org(org_id).await? {
            None => Access::UnknownOrg,
            Some(org) if !org.profile.has_audit_logs() => Access::PlanRequired { had_plan: org.had_plan },
            Some(_) => Access::Granted,
        };
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        match access {
            Access::Granted => {
                if granted.len() >= HELD {
                    granted.clear();
                }
                granted.insert(org_id.clone(), now);
            }
            Access::UnknownOrg | Access::PlanRequired { .. } => _ = granted.remove(org_id),
        }
        Ok(access)
    }

    fn remembers(&self, org_id: &OrgId, now: UnixMicros) -> bool {
        let granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted.get(org_id).is_some_and(|since| *since <= now && now.since(*since) < PLAN_CACHE)
    }
}
