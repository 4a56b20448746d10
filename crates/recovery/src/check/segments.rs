//! The segments of an org: each object in full, compared with its record in the ledger.

use std::collections::{HashMap, HashSet};

use audit_core::{
    BatchRecord, EventId, Head, Month, OrgId, SegmentRecord, Seq,
    invariants::{each_once, footer_agrees, published_object_exists, record_matches_file},
};
use audit_segments::{FullSegment, Object, SegmentError, SegmentStore};
use audit_tables::WholeLedger;
use futures::{StreamExt, stream};

use super::Checked;

/// Segments read concurrently.
const IN_FLIGHT: usize = 4;

/// Reads the published segments, and those of a committed batch that were copied already.
pub(super) async fn check(
    checked: &mut Checked,
    archive: &SegmentStore,
    org_id: &OrgId,
    ledger: &WholeLedger,
    objects: &HashSet<&str>,
) -> Result<(), SegmentError> {
    let visible = ledger.head.as_ref().map_or(Seq(u64::MAX), Head::visible_seq);
    let batches: HashMap<Seq, &BatchRecord> = ledger
        .batches
        .iter()
        .flat_map(|batch| batch.segments.iter().map(move |name| (name.first_seq, batch)))
        .collect();
    let expected = ledger.segments.iter().filter(|it| it.first_seq < visible || objects.contains(it.key.as_str()));
    let reads: Vec<_> = expected.map(|segment| read(archive, segment)).collect();
    let mut reads = stream::iter(reads).buffered(IN_FLIGHT);
    let mut month = (Month(0), Vec::new());
    while let Some(read) = reads.next().await {
        let (segment, found) = read?;
        let is_visible = segment.first_seq < visible;
        checked.note(published_object_exists(segment, found.is_some() || !is_visible));
        let Some((object, whole)) = found else { continue };
        let same = object.is_recorded(segment);
        let is_same = same.is_ok();
        checked.note(same);
        let whole = match whole {
            Ok(whole) => whole,
            Err(error) => {
                checked.unreadable_segments.push(error);
                continue;
            }
        };
        if is_same {
            checked.note(record_matches_file(segment, &whole.record));
            checked.violations.extend(whole.passed_over);
        }
        if let Some(batch) = batches.get(&segment.first_seq) {
            checked.note(footer_agrees(org_id, batch, segment, &whole.footer));
        }
        checked.violations.extend(whole.altered);
        if !is_visible {
            continue;
        }
        if month.0 != segment.month {
            end_month(checked, &mut month);
            month.0 = segment.month;
        }
        month.1.extend(whole.ids);
    }
    end_month(checked, &mut month);
    Ok(())
}

/// A segment of the ledger, and the object under its key, if there is one.
type Read<'a> = (&'a SegmentRecord, Option<(Object, Result<FullSegment, SegmentError>)>);

async fn read<'a>(archive: &SegmentStore, segment: &'a SegmentRecord) -> Result<Read<'a>, SegmentError> {
    let object = match archive.published_object(&segment.key).await {
        Err(SegmentError::Missing { .. }) => return Ok((segment, None)),
        object => object?,
    };
    let whole = FullSegment::read_blocking(&object, Some(segment)).await;
    Ok((segment, Some((object, whole))))
}

/// I-2: ids of one month are only in segments of that month, so one month at a time is enough.
fn end_month(checked: &mut Checked, (_, ids): &mut (Month, Vec<EventId>)) {
    checked.note(each_once(ids.iter().copied()));
    checked.archived.append(ids);
}
