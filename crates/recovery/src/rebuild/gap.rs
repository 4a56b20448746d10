//! A gap between objects, or a last batch without its end: the batch was committed, and a later segment of it was
//! copied before an earlier one, or not all were copied. Or a published object was deleted.
//!
//! Objects after a gap can be neither ignored (Athena reads them, and their rows would be archived once more) nor
//! deleted (Object Lock keeps them). So the batch is completed from the segments that were staged for it.

use std::borrow::Borrow;

use audit_core::{OrgId, Seq};
use audit_segments::{FullSegment, SegmentError, SegmentStore, keys};
use audit_tables::WholeLedger;

use super::plan;
use super::tiling::{Tiling, lay};
use crate::staged_only;

/// The segments that one attempt to archive a batch staged.
struct Attempt {
    batch: Seq,
    segments: Vec<FullSegment>,
}

/// Fills the gaps that can be filled; returns the resulting tiling and the staged segments that it uses.
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

/// Whether objects come after a gap, or the last batch lacks its end and the ledger does not list it like that.
fn is_open(ledger: &WholeLedger, tiling: &Tiling) -> bool {
    let new = &tiling.batches[plan::agreed(ledger, tiling)..];
    !tiling.stranded.is_empty() || new.last().is_some_and(|last| !last.is_complete)
}

/// Returns the staged attempts at batches whose objects are incomplete.
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
            segments.extend(staged_only::read(archive, org_id, key).await?.filter(|whole| whole.altered.is_none()));
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

/// Returns the staged segments that fill the first gap or complete the last batch; `None` if no attempt does, or if
/// several do with different objects.
///
/// # Guarantees
///
/// A published object of the batch is the attempt's own. With the attempt's others the batch is complete, fits without
/// an overlap or a repeated id, and ends where an object after the gap begins.
fn closing<'a>(
    org_id: &OrgId,
    objects: &[&'a FullSegment],
    tiling: &Tiling,
    attempts: &'a [Attempt],
) -> Option<(Tiling, Vec<&'a FullSegment>)> {
    let mut fitting = attempts.iter().filter_map(|attempt| fit(org_id, objects, tiling, attempt));
    let (closed, missing) = fitting.next()?;
    let same = |(_, others): (_, Vec<&FullSegment>)| {
        others.len() == missing.len() && others.iter().all(|other| contains(&missing, other))
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
        // Nothing proves that it was ever committed.
        return None;
    }
    // One that is the attempt's own is enough: its other staged segments may be damaged, and another attempt's overlap.
    let mut copied = objects.iter().filter(|object| object.footer.batch == attempt.batch).peekable();
    if copied.peek().is_some() && !copied.any(|object| contains(&attempt.segments, object)) {
        return None;
    }
    let missing: Vec<&FullSegment> = attempt.segments.iter().filter(|segment| !contains(objects, segment)).collect();
    let closed = lay(org_id, objects.iter().chain(&missing).copied().collect()).ok()?;
    let found = closed.batches.iter().find(|found| found.batch.first_seq == attempt.batch)?;
    let is_closer = tiling.stranded.is_empty() || closed.stranded.len() < tiling.stranded.len();
    (found.is_complete && is_closer).then_some((closed, missing))
}

/// Whether all segments of a batch are published.
fn is_whole(objects: &[FullSegment], batch: Seq) -> bool {
    let copied: Vec<_> = objects.iter().filter(|object| object.footer.batch == batch).collect();
    let totals = copied.iter().find_map(|object| object.footer.totals);
    totals.is_some_and(|totals| totals.segments == copied.len() as u64)
}

/// Whether one of `segments` is the segment `one`.
fn contains(segments: &[impl Borrow<FullSegment>], one: &FullSegment) -> bool {
    segments.iter().any(|segment| segment.borrow().record.key == one.record.key)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::rebuild::test_objects::{acme, objects};

    proptest! {
        #[test]
        fn a_batch_is_completed_from_its_attempt_if_its_objects_prove_that_it_was_committed(
            batches in vec(vec(1_u64..4, 1..4), 1..5),
            which in any::<Index>(),
            is_lost in vec(any::<bool>(), 4),
            other_attempt in any::<bool>(),
        ) {
            let all = objects(&batches);
            let whole = lay(&acme(), all.iter().collect()).unwrap();
            let (index, batch) = (which.index(batches.len()), whole.batches[which.index(batches.len())].batch.first_seq);
            let staged: Vec<_> = all.iter().filter(|object| object.footer.batch == batch).cloned().collect();
            let is_lost = |object: &FullSegment| object.footer.batch == batch && is_lost[object.footer.index as usize];
            let (lost, left): (Vec<&FullSegment>, Vec<&FullSegment>) = all.iter().partition(|object| is_lost(object));
            prop_assume!(!lost.is_empty());
            let mut attempts = vec![Attempt { batch, segments: staged.clone() }];
            if other_attempt {
                let mut others = staged.clone();
                others.iter_mut().for_each(|segment| segment.record.key.push_str("-other"));
                attempts.push(Attempt { batch, segments: others });
            }
            let tiling = lay(&acme(), left.clone()).unwrap();
            let closed = closing(&acme(), &left, &tiling, &attempts);
            let (has_object, is_last) = (lost.len() < staged.len(), index + 1 == batches.len());
            // Without an object, a last batch may never have been committed, and two attempts are equally likely.
            if !has_object && (is_last || other_attempt) {
                prop_assert!(closed.is_none());
            } else {
                let (closed, filled) = closed.unwrap();
                let keys = |segments: &[&FullSegment]| segments.iter().map(|it| it.record.key.clone()).collect::<Vec<_>>();
                prop_assert_eq!(keys(&filled), keys(&lost));
                prop_assert_eq!((closed.batches, closed.next_seq), (whole.batches, whole.next_seq));
                prop_assert!(closed.stranded.is_empty());
            }
        }
    }
}
