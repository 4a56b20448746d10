//! Rebuilds an org's ledger from its objects.
//!
//! 1. read every object of the org in full, and the present ledger
//! 2. publish again each segment that the ledger lists as published, and that is missing and still staged
//! 3. if the ledger lists all objects, and explains the chain of claims: nothing to do
//! 4. lay the objects end to end from sequence number 0; fill a gap, or the missing end of the last batch, from staging
//! 5. put a rebuild claim: every ledger of the org is refused from here on   crash: 503; run it again
//! 6. add the batches that the ledger lacks, one transaction each            crash: 503; run it again
//! 7. write the head with the claim of the rebuild                           <- readers and workers accept the ledger
//! 8. put the filters that the ledger lacks or has wrong                     crash: absent ones may contain anything
//!
//! Objects without a gap are used as they are. This includes the beginning of a batch whose other segments were never
//! copied and are no longer staged: those rows were never deleted, are still hot, and join a later batch. The rows of
//! the beginning must be hot too, otherwise the rebuild is refused; the next pass drops them as repeats. So the
//! sequence stays dense (I-4), each id stays in one segment (I-2), and every object that Athena reads is part of a
//! committed batch (I-5). No object is ever replaced or deleted.
//!
//! No pass may run at the same time: over an incomplete ledger it would assign sequence numbers a second time.

mod bucket;
mod claim;
mod filters;
mod gap;
mod lost;
mod plan;
mod refusal;
#[cfg(test)]
mod test_objects;
mod tiling;

use std::collections::HashSet;

use audit_core::{BatchRecord, EventId, Head, OrgId, Seq, explains};
use audit_segments::{FullSegment, SegmentError, SegmentStore};
use audit_tables::{Decided, Tables, TablesError, Written};

use claim::Generation;
pub(crate) use claim::home;
pub use refusal::Refusal;
use tiling::{TiledBatch, lay};

use crate::check::hot;
use crate::staged_only::{self, StagedOnly};

/// What a rebuild did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Objects in the archive bucket.
    pub objects: usize,
    /// Batches that were added to the ledger.
    pub batches: usize,
    /// Their rows.
    pub rows: u64,
    /// Staged objects that were copied because their published ones were missing.
    pub copied: usize,
    /// Segments whose filters were put, since the ledger had none or other ones.
    pub filters: usize,
    /// Lower bound of the rows that the ledger listed and that are neither hot nor in an object.
    pub lost: u64,
    /// The batch that was published, and was added without its end.
    pub without_end: Option<Seq>,
    /// The keys of ledger items that could not be read and were replaced or dropped.
    pub malformed: Vec<String>,
    /// Staged objects with rows that are neither hot nor in an object of the bucket.
    pub staged_only: Vec<StagedOnly>,
    /// Where the ledger ends.
    pub next_seq: Seq,
}

/// Why a ledger was not rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// A table did not respond.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The archive did not respond.
    #[error(transparent)]
    Segments(#[from] SegmentError),
    /// Another process writes the ledger.
    #[error("another process changed the ledger; stop the archive schedule, then run this command again")]
    Busy,
    /// An operator has to decide first.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Rebuilds an org's ledger from its objects. With `replace`, contradictions by the ledger and the events table are
/// ignored.
///
/// # Guarantees
///
/// After the first write the org is refused until the last one, so a stop does no harm. A ledger that lists all objects
/// and explains the chain of claims is not written, except for filters. Objects are neither replaced nor deleted. What is
/// dropped is reported.
pub async fn rebuild(
    tables: &Tables,
    archive: &SegmentStore,
    org_id: &OrgId,
    replace: bool,
) -> Result<Rebuilt, RebuildError> {
    let mut objects = bucket::read(archive, org_id).await?;
    let mut rebuilt = write(tables, archive, org_id, replace, &mut objects).await?;
    rebuilt.filters = filters::put_missing(tables, org_id, &objects).await?;
    rebuilt.staged_only = staged_only(tables, archive, org_id, &objects).await?;
    Ok(rebuilt)
}

/// Adds what the ledger lacks, and adds the objects that it publishes to `objects`.
async fn write(
    tables: &Tables,
    archive: &SegmentStore,
    org_id: &OrgId,
    replace: bool,
    objects: &mut Vec<FullSegment>,
) -> Result<Rebuilt, RebuildError> {
    let ledger = tables.ledger.whole(org_id).await?;
    let malformed: Vec<String> = ledger.malformed.iter().map(ToString::to_string).collect();
    let head = ledger.head.clone().ok_or_else(|| Refusal::Head(malformed.join("; ")))?;
    let mut rebuilt = Rebuilt { objects: objects.len(), next_seq: head.next_seq, ..Rebuilt::default() };
    if objects.is_empty() && ledger.is_empty() && !is_known(tables, org_id).await? {
        return Err(Refusal::Unknown(org_id.clone()).into());
    }
    objects.extend(bucket::restore(archive, org_id, &ledger, objects).await?);
    rebuilt.copied = objects.len() - rebuilt.objects;
    let home = home(tables.ledger.name(), archive);
    let is_explained = explains(&head, &home, archive.chain_end(org_id, &head).await?).is_ok();
    if !replace && is_explained && plan::lists_all(&ledger, objects) {
        return Ok(rebuilt);
    }
    let laid = lay(org_id, objects.iter().collect())?;
    let (tiling, staged) = gap::close(archive, org_id, objects, &ledger, laid).await?;
    if !tiling.stranded.is_empty() {
        let stranded: Vec<_> = tiling.stranded.into_iter().map(|segment| segment.key).collect();
        let after = objects.iter().filter(|object| stranded.contains(&object.record.key));
        let not_hot = lost::not_hot(tables, org_id, after).await?;
        return Err(Refusal::Gap { from: tiling.next_seq, stranded, not_hot }.into());
    }
    let agreed = plan::agreed(&ledger, &tiling);
    if !plan::is_confirmed(&tiling, &ledger, agreed) {
        rebuilt.lost = lost::at_least(tables, org_id, &ledger, objects.iter().chain(&staged)).await?;
        if !replace {
            let from = plan::end(&tiling.batches[..agreed]);
            return Err(Refusal::Contradicted { from, lost: rebuilt.lost, malformed }.into());
        }
        rebuilt.malformed = malformed;
    }
    // No row of a batch that was never published was deleted. If one was, the other segments were published and are
    // missing.
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
    let generation = claim::begin(archive, org_id, &head).await?;
    let mut head = rewind(tables, org_id, &head, &generation, &tiling.batches[..agreed]).await?;
    for TiledBatch { batch, segments, .. } in &tiling.batches[agreed..] {
        let next = head.recovering(batch.rows);
        applied(tables, org_id, &next, tables.ledger.recover(org_id, (&head, &next), batch, segments).await?).await?;
        head = next;
        rebuilt.batches += 1;
        rebuilt.rows += batch.rows;
    }
    let next = head.recovered(&home, generation.log_id, &generation.claim);
    let decided = Decided { read: &head, next: &next, claim: &generation.claim };
    applied(tables, org_id, &next, tables.ledger.decide(org_id, decided).await?).await?;
    rebuilt.next_seq = next.next_seq;
    objects.extend(staged);
    Ok(rebuilt)
}

/// Returns what only the staging bucket contains, after the ledger was written. No other worker writes meanwhile.
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
    let ledger = tables.ledger.whole(org_id).await?;
    let mut elsewhere: HashSet<EventId> = hot::read(tables, org_id).await?.0.into_iter().collect();
    elsewhere.extend(objects.iter().flat_map(|object| &object.ids));
    Ok(staged_only::find(archive, org_id, &keys, &ledger.segments, &elsewhere).await?)
}

/// Whether an org without ledger and objects exists: it is registered, or it has rows.
async fn is_known(tables: &Tables, org_id: &OrgId) -> Result<bool, TablesError> {
    if tables.orgs.get(org_id).await?.is_some() {
        return Ok(true);
    }
    let (hot, unreadable) = hot::read(tables, org_id).await?;
    Ok(!hot.is_empty() || !unreadable.is_empty())
}

/// Takes the ledger back to the batches that the bucket confirms: the head first, so that no reader relies on the
/// others. Claims that were decided and never put give way to the one of the rebuild.
async fn rewind(
    tables: &Tables,
    org_id: &OrgId,
    head: &Head,
    generation: &Generation,
    kept: &[TiledBatch],
) -> Result<Head, RebuildError> {
    let rewound = head.rewound(generation.number, plan::end(kept));
    applied(tables, org_id, &rewound, tables.ledger.replace_head(org_id, head, &rewound).await?).await?;
    let kept: Vec<BatchRecord> = kept.iter().map(|found| found.batch.clone()).collect();
    tables.ledger.forget_all_but(org_id, &kept, generation.claim.number).await?;
    Ok(rewound)
}

/// A write whose response was lost is sent again and loses to itself: the head shows whether it was applied.
async fn applied(tables: &Tables, org_id: &OrgId, next: &Head, written: Written) -> Result<(), RebuildError> {
    match written {
        Written::Lost if tables.ledger.head(org_id).await? != *next => Err(RebuildError::Busy),
        Written::Applied | Written::Lost => Ok(()),
    }
}
