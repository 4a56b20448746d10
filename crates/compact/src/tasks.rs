//! The tasks of the Lambda function: list the orgs in chunks, or archive orgs.
//!
//! The state machine runs a task for each chunk, and then, round by round, for the chunks of the unfinished orgs.

use audit_core::OrgId;
use audit_tables::TablesError;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::Compactor;
use crate::report::{OrgOutcome, PassReport};
use crate::round::Round;

/// Orgs of one chunk.
const CHUNK_ORGS: usize = 50;
/// Chunks of one list. With the failed and the unfinished orgs of each, they fit the 256 KB of a state of the state
/// machine, and their tasks fit the 25,000 events of its history.
const LISTED_CHUNKS: usize = 300;
/// Maximum number of orgs listed in a chunk's output. Further unfinished orgs are reported as a range; the log lists
/// all failed ones.
const NAMED_ORGS: usize = 2;

/// The input of the function.
#[derive(Debug, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// List orgs.
    List {
        /// The org after which the list begins; absent or null to begin with the first one.
        #[serde(default)]
        start: Option<String>,
    },
    /// Archive the rows of these orgs that are due.
    Archive {
        /// The orgs.
        org_ids: Vec<String>,
        /// Whether to archive all rows, due or not.
        #[serde(default)]
        force: bool,
    },
    /// Archive the rows that are due of the orgs of a chunk. Orgs that have had no turn get one, of one batch.
    ArchiveChunk {
        /// The chunk.
        chunk: Chunk,
        /// Whether to archive all rows, due or not.
        #[serde(default)]
        force: bool,
        /// The execution that runs the task. A repeated task of the same execution takes over its leases.
        worker: String,
    },
}

/// The output of the function.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Done {
    /// Orgs were listed.
    Listed {
        /// The orgs, in chunks.
        chunks: Vec<Chunk>,
        /// The org after which the next list begins; null at the end.
        next: Option<String>,
    },
    /// Orgs were archived.
    Archived {
        /// The reports of the orgs.
        passes: Vec<PassReport>,
        /// Orgs whose pass stopped; the next pass continues with them.
        failed_orgs: Vec<String>,
        /// Orgs that are unfinished because the time was up.
        left: Vec<String>,
    },
    /// A chunk was archived.
    ChunkArchived {
        /// The first orgs whose pass stopped. The log lists all, and the next pass continues with them.
        failed_orgs: Vec<String>,
        /// The unfinished orgs, as a chunk of their own.
        left: Vec<Chunk>,
    },
}

impl Compactor {
    /// Runs a task; begins no further batch once `stop_at` has passed.
    ///
    /// # Errors
    /// The list of orgs cannot be read. A pass that stops is part of the output.
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
            let page = self.tables.orgs.page(start).await?;
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
        let (after, through) = match chunk {
            Chunk::Orgs { org_ids } => return Ok(org_ids.clone()),
            Chunk::Range { after, through, .. } => (after.clone(), through),
        };
        let (mut listed, mut org_ids) = (std::pin::pin!(self.orgs_after(after)), Vec::new());
        while let Some(org_id) = listed.try_next().await? {
            org_ids.push(org_id.to_string());
            // If the last org is no longer listed, the range would not end.
            if org_id.as_str() == through || org_ids.len() == 2 * CHUNK_ORGS {
                break;
            }
        }
        Ok(org_ids)
    }

    /// Archives orgs; returns the reports, the orgs that failed or whose id is invalid, and the unfinished ones.
    async fn archive(&self, org_ids: &[String], round: Round) -> (Vec<PassReport>, Vec<String>, Vec<String>) {
        let (mut passes, mut failed_orgs, mut left, mut valid) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for org_id in org_ids {
            match org_id.parse::<OrgId>().ok() {
                Some(org_id) => valid.push(org_id),
                None => failed_orgs.push(org_id.clone()),
            }
        }
        for OrgOutcome { org_id, result, .. } in self.round_of(valid, round).await {
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

/// Orgs of one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Chunk {
    /// Orgs by their ids.
    Orgs {
        /// The ids.
        org_ids: Vec<String>,
    },
    /// A part of the list of orgs. The task reads it.
    Range {
        /// The org before the first one; `None` at the beginning of the list.
        after: Option<String>,
        /// The last org.
        through: String,
        /// Whether each org has had a turn, so that the unfinished ones now take all turns that they need.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
}

impl Chunk {
    /// The chunk of the orgs of this one that are unfinished; `None` if there are none.
    fn left(&self, org_ids: Vec<String>) -> Option<Self> {
        match self {
            _ if org_ids.is_empty() => None,
            Self::Range { after, through, .. } if org_ids.len() > NAMED_ORGS => {
                Some(Self::Range { after: after.clone(), through: through.clone(), again: true })
            }
            _ => Some(Self::Orgs { org_ids }),
        }
    }
}

/// Divides the list of orgs into chunks while it is read.
#[derive(Debug)]
struct Chunker {
    chunks: Vec<Chunk>,
    /// The last org of the previous chunk.
    after: Option<String>,
    /// The last org so far, and the number of orgs in its chunk.
    last: Option<(String, usize)>,
}

impl Chunker {
    /// A list that begins after the org `after`.
    fn new(after: Option<String>) -> Self {
        Self { chunks: Vec::new(), after, last: None }
    }

    /// Adds the next org.
    fn add(&mut self, org_id: &OrgId) {
        let orgs = self.last.as_ref().map_or(0, |(_, orgs)| *orgs) + 1;
        self.last = Some((org_id.to_string(), orgs));
        if orgs == CHUNK_ORGS {
            self.close();
        }
    }

    /// Returns the org after which the next list begins, if this list takes no further org.
    fn full(&self) -> Option<String> {
        if self.chunks.len() < LISTED_CHUNKS { None } else { self.after.clone() }
    }

    /// Returns all chunks.
    fn end(mut self) -> Vec<Chunk> {
        self.close();
        self.chunks
    }

    fn close(&mut self) {
        if let Some((through, _)) = self.last.take() {
            let after = self.after.replace(through.clone());
            self.chunks.push(Chunk::Range { after, through, again: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn org(number: usize) -> OrgId {
        format!("org-{number}").parse::<OrgId>().unwrap()
    }

    /// The numbers of the orgs of a range, of a list in which org `n` is number `n`.
    fn orgs_of(chunk: &Chunk) -> std::ops::RangeInclusive<usize> {
        let number = |id: &str| id.strip_prefix("org-").unwrap().parse::<usize>().unwrap();
        match chunk {
            Chunk::Range { after, through, again: false } => {
                after.as_deref().map_or(0, |after| number(after) + 1)..=number(through)
            }
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn chunks_are_the_list_in_order_without_gap_or_overlap(orgs in 0_usize..20_000) {
            let (mut listed, mut after, mut lists) = (0, None, 0);
            loop {
                let mut chunker = Chunker::new(after.take());
                while listed < orgs && chunker.full().is_none() {
                    chunker.add(&org(listed));
                    listed += 1;
                }
                after = chunker.full();
                let chunks = chunker.end();
                prop_assert!(chunks.len() <= LISTED_CHUNKS);
                let first = lists * LISTED_CHUNKS * CHUNK_ORGS;
                let numbers: Vec<_> = chunks.iter().flat_map(orgs_of).collect();
                prop_assert_eq!(numbers, (first..listed).collect::<Vec<_>>());
                prop_assert!(chunks.iter().all(|chunk| orgs_of(chunk).count() <= CHUNK_ORGS));
                lists += 1;
                if after.is_none() {
                    break;
                }
            }
            prop_assert_eq!(lists, orgs / (LISTED_CHUNKS * CHUNK_ORGS) + 1);
        }
    }

    #[test]
    fn two_orgs_that_are_left_are_named_and_of_three_the_range_is_taken_again() {
        let range = Chunk::Range { after: None, through: "org-49".to_owned(), again: false };
        let ids = |count: usize| (0..count).map(|number| org(number).to_string()).collect::<Vec<_>>();
        assert_eq!(range.left(ids(0)), None);
        assert_eq!(range.left(ids(NAMED_ORGS)), Some(Chunk::Orgs { org_ids: ids(NAMED_ORGS) }));
        let again = range.left(ids(NAMED_ORGS + 1)).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), json!({"after": null, "through": "org-49", "again": true}));
        assert_eq!(Chunk::Orgs { org_ids: ids(9) }.left(ids(5)), Some(Chunk::Orgs { org_ids: ids(5) }));
    }

    #[test]
    fn a_chunk_is_read_as_it_is_written_and_nothing_else_is() {
        for text in [
            r#"{"org_ids":["a","b"]}"#,
            r#"{"after":null,"through":"b"}"#,
            r#"{"after":"a","through":"b","again":true}"#,
        ] {
            let chunk: Chunk = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&chunk).unwrap(), text);
        }
        for text in [r#"{"org_ids":["a"],"through":"b"}"#, r#"{"after":"a"}"#, r#"{"through":"b","force":true}"#] {
            assert!(serde_json::from_str::<Chunk>(text).is_err(), "{text}");
        }
    }
}
