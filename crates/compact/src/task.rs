//! The tasks of the Lambda function: list the orgs in chunks, or archive orgs.
//!
//! The state machine gives each chunk to a task, and then, round by round, the chunks of what was left.

use audit_core::OrgId;
use audit_tables::TablesError;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::Compactor;
use crate::chunks::{CHUNK_ORGS, Chunk, Chunker, NAMED_ORGS};
use crate::orgs::Round;
use crate::report::{OrgOutcome, PassReport};

/// What the function is asked to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// List orgs.
    List {
        /// Behind which org the list begins; absent or null for the first one.
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
    /// Archive what is due of the orgs of a chunk: one batch each of those that have had no turn.
    ArchiveChunk {
        /// Which.
        chunk: Chunk,
        /// Whether to archive all rows, due or not.
        #[serde(default)]
        force: bool,
        /// The execution that gives the task: a repeated task continues what the first one had leased.
        worker: String,
    },
}

/// What the function did.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Done {
    /// Orgs were listed.
    Listed {
        /// The orgs, in chunks.
        chunks: Vec<Chunk>,
        /// Behind which org the next list begins; null at the end.
        next: Option<String>,
    },
    /// Orgs were archived.
    Archived {
        /// What was done for each org.
        passes: Vec<PassReport>,
        /// Orgs whose pass stopped; the next pass goes on with them.
        failed_orgs: Vec<String>,
        /// Orgs that the time did not suffice for.
        left: Vec<String>,
    },
    /// A chunk was archived.
    ChunkArchived {
        /// The first orgs whose pass stopped; the log names all, and the next pass goes on with them.
        failed_orgs: Vec<String>,
        /// The orgs that are unfinished, as a chunk of their own.
        left: Vec<Chunk>,
    },
}

impl Compactor {
    /// Does a task; begins no further batch once `stop_at` is past.
    pub async fn run(&self, task: Task, stop_at: Instant) -> Result<Done, TablesError> {
        match task {
            Task::List { start } => self.list(start, stop_at).await,
            Task::Archive { org_ids, force } => {
                let round = Round { force, stop_at: Some(stop_at), turns_until: None };
                let (passes, failed_orgs, left) = self.archive(&org_ids, round).await;
                Ok(Done::Archived { passes, failed_orgs, left })
            }
            Task::ArchiveChunk { chunk, force, worker } => {
                let had_turns = !matches!(chunk, Chunk::Range { again: false, .. });
                let turns_until = if had_turns { None } else { Some(Instant::now()) };
                let org_ids = self.orgs_of(&chunk).await?;
                let round = Round { force, stop_at: Some(stop_at), turns_until };
                let (_, mut failed_orgs, left) = self.clone().named(&worker).archive(&org_ids, round).await;
                failed_orgs.truncate(NAMED_ORGS);
                Ok(Done::ChunkArchived { failed_orgs, left: chunk.left(left).into_iter().collect() })
            }
        }
    }

    async fn list(&self, start: Option<String>, stop_at: Instant) -> Result<Done, TablesError> {
        let mut chunker = Chunker::new(start.clone());
        let mut start = start;
        loop {
            let page = self.tables.orgs_page(start).await?;
            for org_id in &page.org_ids {
                chunker.add(org_id);
                if let Some(next) = chunker.full() {
                    return Ok(Done::Listed { chunks: chunker.end(), next: Some(next) });
                }
            }
            start = page.next;
            if start.is_none() || Instant::now() >= stop_at {
                return Ok(Done::Listed { chunks: chunker.end(), next: start });
            }
        }
    }

    async fn orgs_of(&self, chunk: &Chunk) -> Result<Vec<String>, TablesError> {
        let (mut start, through) = match chunk {
            Chunk::Orgs { org_ids } => return Ok(org_ids.clone()),
            Chunk::Range { after, through, .. } => (after.clone(), through),
        };
        let mut org_ids = Vec::new();
        loop {
            let page = self.tables.orgs_page(start).await?;
            for org_id in page.org_ids {
                org_ids.push(org_id.to_string());
                // Where the last org is listed no more, the range would have no end.
                if org_id.as_str() == through || org_ids.len() == 2 * CHUNK_ORGS {
                    return Ok(org_ids);
                }
            }
            start = page.next;
            if start.is_none() {
                return Ok(org_ids);
            }
        }
    }

    /// Archives orgs; returns the reports, the orgs whose pass stopped, and those that are unfinished.
    async fn archive(&self, org_ids: &[String], round: Round) -> (Vec<PassReport>, Vec<String>, Vec<String>) {
        let (mut passes, mut failed_orgs, mut left) = (Vec::new(), Vec::new(), Vec::new());
        failed_orgs.extend(org_ids.iter().filter(|org_id| org_id.parse::<OrgId>().is_err()).cloned());
        let org_ids = org_ids.iter().filter_map(|org_id| org_id.parse::<OrgId>().ok()).collect();
        for OrgOutcome { org_id, result, .. } in self.round_of(org_ids, round).await {
            match result {
                Ok(report) => {
                    left.extend(report.cut_short.then(|| org_id.to_string()));
                    passes.push(report);
                }
                Err(_) => failed_orgs.push(org_id.to_string()),
            }
        }
        (passes, failed_orgs, left)
    }
}
