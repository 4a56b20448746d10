//! A gap between objects, or a last batch without its end: the batch was committed, and a later segment of it was copied
//! before an earlier one, or not all were. Or somebody removed a published object.
//!
//! What stands behind a gap can be neither left (Athena sees it, and its rows would be archived once more) nor removed
//! (an object under Object Lock stays). So the batch is made whole from what was staged for it.

use std::borrow::Borrow;

use audit_core::{OrgId, Seq, Staged};
use audit_segments::{FullSegment, SegmentError, SegmentStore, keys};
use audit_tables::WholeLedger;

use super::plan;
use super::tiling::{Tiling, lay};

/// The segments that one attempt to archive a batch staged.
struct Attempt {
    batch: Seq,
    segments: Vec<FullSegment>,
}

/// Closes what can be closed: how everything lies then, and the staged segments that it takes.
pub(super) async fn close(
    archive: &SegmentStore,
    org_id: &OrgId,
    objects: &[FullSegment],
    ledger: &WholeLedger,
    mut tiling: Tiling,
) -> Result<(Tiling, Vec<FullSegment>), SegmentError> {
    if !is_open(ledger, &tiling) {
        return Ok((tiling, Vec::new()));
    }
    let attempts = attempts(archive, org_id, objects).await?;
    let mut laid: Vec<&FullSegment> = objects.iter().collect();
    while is_open(ledger, &tiling) {
        let Some((closed, missing)) = closing(org_id, &laid, &tiling, &attempts) else { break };
        laid.extend(missing);
        tiling = closed;
    }
    Ok((tiling, laid.split_off(objects.len()).into_iter().cloned().collect()))
}

/// Whether objects stand behind a gap, or the last batch lacks its end and the ledger does not say that this is all of it.
fn is_open(ledger: &WholeLedger, tiling: &Tiling) -> bool {
    let new = &tiling.batches[plan::agreed(ledger, tiling)..];
    !tiling.stranded.is_empty() || new.last().is_some_and(|last| !last.is_complete)
}

/// The staged attempts at batches that do not stand as a whole.
async fn attempts(
    archive: &SegmentStore,
    org_id: &OrgId,
    objects: &[FullSegment],
) -> Result<Vec<Attempt>, SegmentError> {
    let keys = archive.staged_keys(org_id).await?;
    let mut attempts = Vec::new();
    for keys in keys.chunk_by(|a, b| keys::attempt(a) == keys::attempt(b)) {
        let mut segments: Vec<FullSegment> = Vec::new();
        for key in keys {
            segments.extend(read(archive, org_id, key).await?);
            if segments.first().is_some_and(|first| is_whole(objects, first.footer.batch)) {
                break;
            }
        }
        if let Some(batch) = segments.first().map(|first| first.footer.batch).filter(|it| !is_whole(objects, *it)) {
            attempts.push(Attempt { batch, segments });
        }
    }
    Ok(attempts)
}

/// The staged segments that close the first gap, or end the last batch; `None` where no attempt does, or several do with
/// other objects.
///
/// *Guarantees*: an object of the batch that stands is the attempt's own; with its others the batch is complete, fits
/// without an overlap or an id twice, and ends where an object behind the gap begins.
fn closing<'a>(
    org_id: &OrgId,
    objects: &[&'a FullSegment],
    tiling: &Tiling,
    attempts: &'a [Attempt],
) -> Option<(Tiling, Vec<&'a FullSegment>)> {
    let mut fitting = attempts.iter().filter_map(|attempt| fit(org_id, objects, tiling, attempt));
    let (closed, missing) = fitting.next()?;
    let same = |(_, others): (_, Vec<&FullSegment>)| {
        others.len() == missing.len() && others.iter().all(|other| holds(&missing, other))
    };
    fitting.all(same).then_some((closed, missing))
}

fn fit<'a>(
    org_id: &OrgId,
    objects: &[&'a FullSegment],
    tiling: &Tiling,
    attempt: &'a Attempt,
) -> Option<(Tiling, Vec<&'a FullSegment>)> {
    let is_last = tiling.batches.last().is_some_and(|last| last.batch.first_seq == attempt.batch);
    if tiling.stranded.is_empty() && !is_last {
        // Nobody can tell that it was ever committed.
        return None;
    }
    // One that is the attempt's own is enough: its other staged segments may be damaged, and another attempt's overlap.
    let mut copied = objects.iter().filter(|object| object.footer.batch == attempt.batch).peekable();
    if copied.peek().is_some() && !copied.any(|object| holds(&attempt.segments, object)) {
        return None;
    }
    let missing: Vec<&FullSegment> = attempt.segments.iter().filter(|segment| !holds(objects, segment)).collect();
    let closed = lay(org_id, objects.iter().chain(&missing).copied().collect()).ok()?;
    let found = closed.batches.iter().find(|found| found.batch.first_seq == attempt.batch)?;
    let is_closer = tiling.stranded.is_empty() || closed.stranded.len() < tiling.stranded.len();
    (found.is_complete && is_closer).then_some((closed, missing))
}

/// Whether all segments of a batch stand.
fn is_whole(objects: &[FullSegment], batch: Seq) -> bool {
    let copied: Vec<_> = objects.iter().filter(|object| object.footer.batch == batch).collect();
    let totals = copied.iter().find_map(|object| object.footer.totals);
    totals.is_some_and(|totals| totals.segments == copied.len() as u64)
}

/// Whether one of `segments` is the very segment `one`.
fn holds(segments: &[impl Borrow<FullSegment>], one: &FullSegment) -> bool {
    segments.iter().any(|segment| segment.borrow().record.key == one.record.key)
}

/// A staged segment, with its key and tag in the record; `None` for what cannot be read as one of the org.
async fn read(archive: &SegmentStore, org_id: &OrgId, key: &str) -> Result<Option<FullSegment>, SegmentError> {
    let object = match archive.staged_object(key).await {
        Err(SegmentError::Missing { .. }) => return Ok(None),
        object => object?,
    };
    let mut whole = match FullSegment::read_blocking(&object, None).await {
        Err(SegmentError::Unreadable { .. }) => return Ok(None),
        whole => whole?,
    };
    whole.record.staged = Some(Staged { key: object.key, etag: object.etag });
    Ok((whole.footer.org_id == *org_id && whole.misplaced.is_none()).then_some(whole))
}
