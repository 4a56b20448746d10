//! Rebuilds an org's ledger from its objects.
//!
//! 1. read every object of the org whole, and the ledger that is there
//! 2. publish again what the ledger says is published, and is missing, and is still staged
//! 3. the ledger names all objects already: nothing to do
//! 4. lay the objects end to end from sequence number 0; a gap is closed from what was staged, and so is a last batch
//!    without its end
//! 5. take the batches that the ledger lacks into it, one transaction each   crash: the ledger is older; run it again
//!
//! What stands under final keys without a gap is taken as it is, also the beginning of a batch whose other segments were
//! never copied and are staged no more: those rows were never deleted, are still hot, and join a later batch. The rows of
//! the beginning are hot too, else it is refused; the next pass drops them as repeats. So the sequence stays dense (I-4),
//! each id stays in one segment (I-2), and every object that Athena sees is of a committed batch (I-5). Nothing in the
//! bucket is ever replaced or removed.
//!
//! Nobody else may write meanwhile: a pass over an incomplete ledger would give numbers a second time.

mod bucket;
mod gap;
mod lost;
mod plan;
mod refusal;
mod tiling;

use std::collections::HashSet;

use audit_core::{BatchRecord, EventId, Head, OrgId, Seq};
use audit_segments::{FullSegment, SegmentError, SegmentStore};
use audit_tables::{Tables, TablesError, Written};

pub use refusal::Refusal;
use tiling::{Found, lay};

use crate::check::hot;
use crate::staged_only::{self, StagedOnly};

/// What a rebuild did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Objects that stood in the bucket.
    pub objects: usize,
    /// Batches that were taken into the ledger.
    pub batches: usize,
    /// Their rows.
    pub rows: u64,
    /// Staged objects that were copied, since they were missing.
    pub copied: usize,
    /// Rows that the ledger named and that are neither hot nor in an object, at least.
    pub lost: u64,
    /// The batch that was published, and is taken without its end.
    pub without_end: Option<Seq>,
    /// Items of the ledger that could not be read and were replaced or dropped, by their keys.
    pub malformed: Vec<String>,
    /// Staged objects with rows that are neither hot nor in an object of the bucket.
    pub staged_only: Vec<StagedOnly>,
    /// Where the ledger ends.
    pub next_seq: Seq,
}

/// Why a ledger was not rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// A table did not answer.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The archive did not answer.
    #[error(transparent)]
    Archive(#[from] SegmentError),
    /// Somebody else writes the ledger.
    #[error("somebody else changed the ledger; stop the archive schedule, then run this again")]
    Busy,
    /// A person has to decide first.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Makes an org's ledger from its objects; with `replace` from them alone, whatever ledger and events table say.
///
/// *Guarantees*: the ledger is one of a whole past moment after each write, so a stop is no harm. A ledger that names all
/// objects is not written. Objects are neither replaced nor removed. What is dropped is told.
pub async fn rebuild(
    tables: &Tables,
    archive: &SegmentStore,
    org_id: &OrgId,
    replace: bool,
) -> Result<Rebuilt, RebuildError> {
    let mut objects = bucket::read(archive, org_id).await?;
    let mut rebuilt = write(tables, archive, org_id, replace, &mut objects).await?;
    rebuilt.staged_only = staged_only(tables, archive, org_id, &objects).await?;
    Ok(rebuilt)
}

/// Writes what the ledger lacks; adds the objects that it publishes.
async fn write(
    tables: &Tables,
    archive: &SegmentStore,
    org_id: &OrgId,
    replace: bool,
    objects: &mut Vec<FullSegment>,
) -> Result<Rebuilt, RebuildError> {
    let ledger = tables.whole_ledger(org_id).await?;
    let malformed: Vec<String> = ledger.malformed.iter().map(ToString::to_string).collect();
    let head = ledger.head.ok_or_else(|| Refusal::Head(malformed.join("; ")))?;
    let mut rebuilt = Rebuilt { objects: objects.len(), next_seq: head.next_seq, ..Rebuilt::default() };
    if objects.is_empty() && ledger.is_empty() && !is_known(tables, org_id).await? {
        return Err(Refusal::Unknown(org_id.clone()).into());
    }
    objects.extend(bucket::restore(archive, org_id, &ledger, objects).await?);
    rebuilt.copied = objects.len() - rebuilt.objects;
    if !replace && plan::names_all(&ledger, objects) {
        return Ok(rebuilt);
    }
    let laid = lay(org_id, objects.iter().collect())?;
    let (tiling, staged) = gap::close(archive, org_id, objects, &ledger, laid).await?;
    if !tiling.stranded.is_empty() {
        let stranded: Vec<_> = tiling.stranded.into_iter().map(|segment| segment.key).collect();
        let behind = objects.iter().filter(|object| stranded.contains(&object.record.key));
        let not_hot = lost::not_hot(tables, org_id, behind).await?;
        return Err(Refusal::Gap { from: tiling.next_seq, stranded, not_hot }.into());
    }
    let agreed = plan::agreed(&ledger, &tiling);
    if !plan::bears_out(&tiling, &ledger, agreed) {
        rebuilt.lost = lost::at_least(tables, org_id, &ledger, objects.iter().chain(&staged)).await?;
        if !replace {
            let from = plan::end(&tiling, agreed);
            return Err(Refusal::Contradicted { from, lost: rebuilt.lost, malformed }.into());
        }
        rebuilt.malformed = malformed;
    }
    // Of a batch that was never published no row was deleted: else its other segments were there, and are missing.
    if let Some(last) = tiling.batches[agreed..].last().filter(|last| !last.is_complete) {
        let batch = last.batch.first_seq;
        let others = objects.iter().filter(|object| object.footer.batch == batch);
        let not_hot = lost::not_hot(tables, org_id, others).await?;
        if not_hot > 0 && !replace {
            return Err(Refusal::Incomplete { batch, not_hot }.into());
        }
        rebuilt.without_end = (not_hot > 0).then_some(batch);
    }
    for segment in &staged {
        archive.publish(&segment.record).await?;
        rebuilt.copied += 1;
    }
    let mut head = match plan::is_older(&ledger, agreed) {
        true => head,
        false => rewind(tables, org_id, &head, &tiling.batches[..agreed]).await?,
    };
    for Found { batch, segments, .. } in &tiling.batches[agreed..] {
        let next = head.recovering(batch.rows);
        applied(tables, org_id, &next, tables.recover(org_id, &head, batch, segments).await?).await?;
        head = next;
        rebuilt.batches += 1;
        rebuilt.rows += batch.rows;
    }
    rebuilt.next_seq = head.next_seq;
    objects.extend(staged);
    Ok(rebuilt)
}

/// What only the staging bucket has, after the ledger was written. No other worker writes meanwhile.
async fn staged_only(
    tables: &Tables,
    archive: &SegmentStore,
    org_id: &OrgId,
    objects: &[FullSegment],
) -> Result<Vec<StagedOnly>, RebuildError> {
    let keys = archive.staged_keys(org_id).await?;
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let ledger = tables.whole_ledger(org_id).await?;
    let mut elsewhere: HashSet<EventId> = hot::read(tables, org_id).await?.0.into_iter().collect();
    elsewhere.extend(objects.iter().flat_map(|object| &object.ids));
    Ok(staged_only::find(archive, org_id, &keys, &ledger.segments, &elsewhere).await?)
}

/// Whether an org without ledger and objects is one: the platform told of it, or it has rows.
async fn is_known(tables: &Tables, org_id: &OrgId) -> Result<bool, TablesError> {
    if tables.org(org_id).await?.is_some() {
        return Ok(true);
    }
    let (hot, unreadable) = hot::read(tables, org_id).await?;
    Ok(!hot.is_empty() || !unreadable.is_empty())
}

/// Takes the ledger back to the batches that the bucket bears out. First the head, so that nobody counts on the others.
async fn rewind(tables: &Tables, org_id: &OrgId, head: &Head, kept: &[Found]) -> Result<Head, RebuildError> {
    let kept: Vec<BatchRecord> = kept.iter().map(|found| found.batch.clone()).collect();
    let rewound = head.rewound(kept.last().map_or(Seq(0), |batch| batch.first_seq.plus(batch.rows)));
    applied(tables, org_id, &rewound, tables.replace_head(org_id, head, &rewound).await?).await?;
    tables.forget_all_but(org_id, &kept).await?;
    Ok(rewound)
}

/// A write whose answer was lost is sent again, and meets itself: the head tells whose it was.
async fn applied(tables: &Tables, org_id: &OrgId, next: &Head, written: Written) -> Result<(), RebuildError> {
    match written {
        Written::Lost if tables.head(org_id).await? != *next => Err(RebuildError::Busy),
        Written::Applied | Written::Lost => Ok(()),
    }
}
