//! The tasks of the Lambda function: list the orgs in chunks, or archive one chunk.
//!
//! The state machine maps over the chunks, and asks again for what a task could not finish in its time.

use audit_core::org::OrgId;
use audit_tables::TablesError;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::Compactor;
use crate::report::{OrgOutcome, PassReport};

/// Orgs of one chunk.
pub const CHUNK_ORGS: usize = 50;

/// What the function is asked to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// List a page of orgs.
    List {
        /// Where the page begins; absent or null for the first one.
        #[serde(default)]
        start: Option<String>,
    },
    /// Archive what is due of these orgs.
    Archive {
        /// Which.
        org_ids: Vec<String>,
        /// Whether to archive all rows, due or not.
        #[serde(default)]
        force: bool,
    },
}

/// What the function did.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Done {
    /// A page of orgs.
    Listed {
        /// The orgs, in chunks.
        chunks: Vec<Chunk>,
        /// Where the next page begins; null at the end.
        next: Option<String>,
    },
    /// A chunk was archived.
    Archived {
        /// What was done for each org.
        passes: Vec<PassReport>,
        /// Orgs whose pass stopped; the next pass goes on with them.
        failed_orgs: Vec<String>,
        /// Orgs that the time did not suffice for.
        left: Vec<String>,
    },
}

/// Orgs of one task.
#[derive(Debug, Serialize)]
pub struct Chunk {
    /// Their ids.
    pub org_ids: Vec<OrgId>,
}

impl Compactor {
    /// Does a task; begins no further batch once `stop_at` is past.
    pub async fn run(&self, task: Task, stop_at: Instant) -> Result<Done, TablesError> {
        match task {
            Task::List { start } => {
                let page = self.tables.orgs_page(start).await?;
                let chunks = page.org_ids.chunks(CHUNK_ORGS).map(|org_ids| Chunk { org_ids: org_ids.to_vec() });
                Ok(Done::Listed { chunks: chunks.collect(), next: page.next })
            }
            Task::Archive { org_ids, force } => {
                let (mut passes, mut failed_orgs, mut left) = (Vec::new(), Vec::new(), Vec::new());
                failed_orgs.extend(org_ids.iter().filter(|org_id| OrgId::parse(org_id).is_none()).cloned());
                let org_ids = org_ids.iter().filter_map(|org_id| OrgId::parse(org_id)).collect();
                for OrgOutcome { org_id, result, .. } in self.pass_each(org_ids, force, Some(stop_at)).await {
                    match result {
                        Ok(report) => {
                            left.extend(report.cut_short.then(|| org_id.to_string()));
                            passes.push(report);
                        }
                        Err(_) => failed_orgs.push(org_id.to_string()),
                    }
                }
                Ok(Done::Archived { passes, failed_orgs, left })
            }
        }
    }
}
