//! The stored form of a claim: one JSON object, without white space, its members in this order.

use serde::{Deserialize, Deserializer, Serialize};

use super::{Claim, ClaimError, ClaimedBatch, ClaimedMerge, Decision};
use crate::day_rows::DayRows;
use crate::merge::MergeSource;
use crate::segment::{FORMAT, SegmentName, SegmentRecord, Staged, Tail};
use crate::seq::{Seq, SeqRun};
use crate::tree::Frontier;

/// A value that is stored as its text.
mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// A tree that is stored as the base64 of its bytes.
mod tree {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::tree::Frontier;

    pub(super) fn serialize<S: Serializer>(tree: &Frontier, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(tree.to_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Frontier, D::Error> {
        let bytes = BASE64_STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)?;
        Frontier::from_bytes(&bytes).ok_or_else(|| D::Error::custom("not the first leaves of a tree"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Text<T: std::fmt::Display + std::str::FromStr<Err: std::fmt::Display>>(#[serde(with = "text")] T);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredClaim {
    format: u32,
    #[serde(with = "text")]
    org_id: crate::OrgId,
    #[serde(with = "text")]
    log_id: crate::LogId,
    claim: u64,
    generation: u64,
    #[serde(with = "text")]
    decided_at: crate::UnixMicros,
    #[serde(deserialize_with = "required")]
    previous: Option<Text<crate::Sha256>>,
    decision: StoredDecision,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredDecision {
    Batch {
        first_seq: u64,
        rows: u64,
        #[serde(with = "tree")]
        frontier: Frontier,
        segments: Vec<StoredSegment>,
    },
    Published {
        first_seq: u64,
    },
    Void {
        first_seq: u64,
    },
    Merge {
        merge: u64,
        #[serde(with = "text")]
        month: crate::Month,
        sources: Vec<StoredSource>,
        targets: Vec<StoredSegment>,
    },
    Switched {
        merge: u64,
    },
    Abandoned {
        merge: u64,
    },
    Rebuild {},
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSource {
    first_seq: u64,
    merge: u64,
    key: String,
    #[serde(with = "text")]
    sha256: crate::Sha256,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSegment {
    #[serde(with = "text")]
    month: crate::Month,
    first_seq: u64,
    merge: u64,
    rows: u64,
    runs: String,
    ranges: u32,
    bytes: u64,
    #[serde(with = "text")]
    sha256: crate::Sha256,
    tail_bytes: u64,
    tail_crc32c: u32,
    key: String,
    #[serde(deserialize_with = "required")]
    staged: Option<StoredStaged>,
    #[serde(with = "text")]
    first: crate::EventId,
    #[serde(with = "text")]
    last: crate::EventId,
    days: String,
    #[serde(deserialize_with = "required")]
    actions: Option<Vec<String>>,
    categories: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredStaged {
    key: String,
    etag: String,
    #[serde(with = "text")]
    at: crate::UnixMicros,
}

/// Only the format, which every version of a claim has.
#[derive(Deserialize)]
struct Format {
    format: u64,
}

/// Reads a member that may be `null`, and may not be left out.
fn required<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

/// Writes a claim.
#[expect(clippy::expect_used, reason = "numbers, texts and lists of them are always JSON, and a vector takes it")]
pub(super) fn write(claim: &Claim) -> Vec<u8> {
    serde_json::to_vec(&StoredClaim::from(claim)).expect("a claim is JSON")
}

/// Reads a claim, if it is exactly as [`write`] writes it.
pub(super) fn read(bytes: &[u8]) -> Result<Claim, ClaimError> {
    let Format { format } = serde_json::from_slice(bytes).map_err(|_| ClaimError::Malformed)?;
    if format > u64::from(FORMAT) {
        return Err(ClaimError::Newer(format));
    }
    let stored: StoredClaim = serde_json::from_slice(bytes).map_err(|_| ClaimError::Malformed)?;
    let claim = Claim::from(stored);
    if write(&claim) == bytes { Ok(claim) } else { Err(ClaimError::Malformed) }
}

impl From<&Claim> for StoredClaim {
    fn from(claim: &Claim) -> Self {
        let decision = match &claim.decision {
            Decision::Batch(ClaimedBatch { first_seq, rows, frontier, segments }) => StoredDecision::Batch {
                first_seq: first_seq.0,
                rows: *rows,
                frontier: frontier.clone(),
                segments: segments.iter().map(StoredSegment::from).collect(),
            },
            Decision::Published(first_seq) => StoredDecision::Published { first_seq: first_seq.0 },
            Decision::Void(first_seq) => StoredDecision::Void { first_seq: first_seq.0 },
            Decision::Merge(ClaimedMerge { number, month, sources, targets }) => StoredDecision::Merge {
                merge: *number,
                month: *month,
                sources: sources.iter().map(StoredSource::from).collect(),
                targets: targets.iter().map(StoredSegment::from).collect(),
            },
            Decision::Switched(merge) => StoredDecision::Switched { merge: *merge },
            Decision::Abandoned(merge) => StoredDecision::Abandoned { merge: *merge },
            Decision::Rebuild => StoredDecision::Rebuild {},
        };
        Self {
            format: FORMAT,
            org_id: claim.org_id.clone(),
            log_id: claim.log_id,
            claim: claim.number,
            generation: claim.generation,
            decided_at: claim.decided_at,
            previous: claim.previous.map(Text),
            decision,
        }
    }
}

impl From<StoredClaim> for Claim {
    fn from(stored: StoredClaim) -> Self {
        let decision = match stored.decision {
            StoredDecision::Batch { first_seq, rows, frontier, segments } => Decision::Batch(ClaimedBatch {
                first_seq: Seq(first_seq),
                rows,
                frontier,
                segments: segments.into_iter().map(SegmentRecord::from).collect(),
            }),
            StoredDecision::Published { first_seq } => Decision::Published(Seq(first_seq)),
            StoredDecision::Void { first_seq } => Decision::Void(Seq(first_seq)),
            StoredDecision::Merge { merge, month, sources, targets } => Decision::Merge(ClaimedMerge {
                number: merge,
                month,
                sources: sources.into_iter().map(|source| source.of(month)).collect(),
                targets: targets.into_iter().map(SegmentRecord::from).collect(),
            }),
            StoredDecision::Switched { merge } => Decision::Switched(merge),
            StoredDecision::Abandoned { merge } => Decision::Abandoned(merge),
            StoredDecision::Rebuild {} => Decision::Rebuild,
        };
        Self {
            org_id: stored.org_id,
            log_id: stored.log_id,
            number: stored.claim,
            generation: stored.generation,
            decided_at: stored.decided_at,
            previous: stored.previous.map(|Text(sha256)| sha256),
            decision,
        }
    }
}

impl From<&MergeSource> for StoredSource {
    fn from(source: &MergeSource) -> Self {
        let SegmentName { first_seq, merge, .. } = source.name;
        Self { first_seq: first_seq.0, merge, key: source.key.clone(), sha256: source.sha256 }
    }
}

impl StoredSource {
    fn of(self, month: crate::Month) -> MergeSource {
        let Self { first_seq, merge, key, sha256 } = self;
        MergeSource { name: SegmentName { month, first_seq: Seq(first_seq), merge }, key, sha256 }
    }
}

impl From<&SegmentRecord> for StoredSegment {
    fn from(record: &SegmentRecord) -> Self {
        let staged = record.staged.clone().map(|Staged { key, etag, at }| StoredStaged { key, etag, at });
        Self {
            month: record.month,
            first_seq: record.first_seq.0,
            merge: record.merge,
            rows: record.rows,
            runs: SeqRun::to_text(&record.runs),
            ranges: record.ranges,
            bytes: record.bytes,
            sha256: record.sha256,
            tail_bytes: record.tail.bytes,
            tail_crc32c: record.tail.crc32c,
            key: record.key.clone(),
            staged,
            first: record.first,
            last: record.last,
            days: record.days.to_text(),
            actions: record.actions.clone(),
            categories: record.categories.clone(),
        }
    }
}

impl From<StoredSegment> for SegmentRecord {
    fn from(stored: StoredSegment) -> Self {
        Self {
            month: stored.month,
            first_seq: Seq(stored.first_seq),
            merge: stored.merge,
            rows: stored.rows,
            // Other bytes than those that are written are refused.
            runs: SeqRun::from_text(&stored.runs).unwrap_or_default(),
            ranges: stored.ranges,
            bytes: stored.bytes,
            sha256: stored.sha256,
            tail: Tail { bytes: stored.tail_bytes, crc32c: stored.tail_crc32c },
            key: stored.key,
            staged: stored.staged.map(|StoredStaged { key, etag, at }| Staged { key, etag, at }),
            first: stored.first,
            last: stored.last,
            days: DayRows::from_text(stored.month, &stored.days).unwrap_or_default(),
            actions: stored.actions,
            categories: stored.categories,
        }
    }
}
