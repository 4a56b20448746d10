//! Chunks of orgs: what one task of the Lambda function archives. Pure.

use audit_core::OrgId;
use serde::{Deserialize, Serialize};

/// Orgs of one chunk.
pub const CHUNK_ORGS: usize = 50;
/// Chunks of one list. With what failed and what is left of each, they fit the 256 KB that a state of the state machine may have,
/// and their tasks the 25,000 events of its history.
pub const LISTED_CHUNKS: usize = 300;
/// Orgs named in a chunk's outcome. Of more that are left, their range is; of more that failed, the log names all.
pub const NAMED_ORGS: usize = 2;

/// Orgs of one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Chunk {
    /// These.
    Orgs {
        /// Their ids.
        org_ids: Vec<String>,
    },
    /// A part of the list of orgs, which a task reads itself.
    Range {
        /// The org before the first one; `None` at the beginning of the list.
        after: Option<String>,
        /// The last org.
        through: String,
        /// Whether each org had a turn, so that those that are unfinished now take all turns they need.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
}

impl Chunk {
    /// The chunk of the orgs that were left of this one; `None` where none was.
    pub fn left(&self, org_ids: Vec<String>) -> Option<Self> {
        match self {
            _ if org_ids.is_empty() => None,
            Self::Range { after, through, .. } if org_ids.len() > NAMED_ORGS => {
                Some(Self::Range { after: after.clone(), through: through.clone(), again: true })
            }
            _ => Some(Self::Orgs { org_ids }),
        }
    }
}

/// Divides the list of orgs into chunks, as it is read.
#[derive(Debug)]
pub struct Chunker {
    chunks: Vec<Chunk>,
    /// The last org of the chunk before.
    after: Option<String>,
    /// The last org so far, and the orgs of its chunk.
    last: Option<(String, usize)>,
}

impl Chunker {
    /// Begins behind `after`.
    pub fn new(after: Option<String>) -> Self {
        Self { chunks: Vec::new(), after, last: None }
    }

    /// Adds the next org.
    pub fn add(&mut self, org_id: &OrgId) {
        let orgs = self.last.as_ref().map_or(0, |(_, orgs)| *orgs) + 1;
        self.last = Some((org_id.to_string(), orgs));
        if orgs == CHUNK_ORGS {
            self.close();
        }
    }

    /// Whether no further org belongs into this list. The next list begins behind the org that is returned.
    pub fn full(&self) -> Option<String> {
        if self.chunks.len() < LISTED_CHUNKS { None } else { self.after.clone() }
    }

    /// All chunks.
    pub fn end(mut self) -> Vec<Chunk> {
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
