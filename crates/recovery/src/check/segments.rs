//! The segments of an org: each object in full, compared with its record and its filters in the ledger.

use std::collections::{HashMap, HashSet};

use audit_core::{
    CompactRange, EventId, Frontier, Head, Month, OrgId, SegmentFilters, SegmentName, SegmentRecord, Visible,
    invariants::{
        Siblings, each_once, filters_match_file, footer_agrees, published_object_exists, record_matches_file,
        tree_is_of_rows,
    },
};
use audit_segments::{FullSegment, Object, SegmentError, SegmentStore};
use audit_tables::{Tables, TablesError, WholeLedger};
use futures::{StreamExt, stream};

use super::{CheckError, Checked};

/// Segments read concurrently.
const IN_FLIGHT: usize = 4;

/// Reads the visible segments, and others whose objects exist: those of an open batch or merge.
pub(super) async fn check(
    checked: &mut Checked,
    (tables, archive): (&Tables, &SegmentStore),
    org_id: &OrgId,
    (ledger, visible): (&WholeLedger, &Visible),
    objects: &HashSet<&str>,
) -> Result<(), CheckError> {
    let written = ledger.batches.iter().map(Siblings::Batch).chain(ledger.merges.iter().map(Siblings::Merge));
    let written: HashMap<SegmentName, Siblings<'_>> =
        written.flat_map(|siblings| siblings.names().iter().map(move |name| (*name, siblings))).collect();
    let shows = |segment: &SegmentRecord| visible.shows(segment.name());
    let expected = ledger.segments.iter().filter(|it| shows(it) || objects.contains(it.key.as_str()));
    let reads: Vec<_> = expected.map(|segment| read(tables, archive, org_id, segment)).collect();
    let mut reads = stream::iter(reads).buffered(IN_FLIGHT);
    let (mut month, mut leaves) = ((Month(0), Vec::new()), Vec::new());
    while let Some(read) = reads.next().await {
        let (segment, found) = read?;
        let is_visible = shows(segment);
        checked.note(published_object_exists(segment, found.is_some() || !is_visible));
        let Some(Found { object, filters, whole }) = found else { continue };
        let same = object.is_recorded(segment);
        let is_same = same.is_ok();
        checked.note(same);
        let filters = filters.unwrap_or_else(|malformed| {
            checked.unreadable_items.push(malformed);
            SegmentFilters::default()
        });
        let whole = match whole {
            Ok(whole) => whole,
            Err(error) => {
                checked.unreadable_segments.push(error);
                continue;
            }
        };
        if is_same {
            checked.note(record_matches_file(segment, &whole.record));
            checked.note(filters_match_file(&segment.key, &filters, &whole.filters));
            checked.violations.extend(whole.passed_over);
        }
        if let Some(siblings) = written.get(&segment.name()) {
            checked.note(footer_agrees(org_id, *siblings, segment, &whole.footer));
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
        leaves.extend(whole.leaves);
    }
    end_month(checked, &mut month);
    if let Some(head) = &ledger.head {
        compare_tree(checked, head, leaves);
    }
    Ok(())
}

/// T-1: compares the tree in the head with the leaves of the visible rows, unless some of them are missing, which is a
/// finding already.
fn compare_tree(checked: &mut Checked, head: &Head, mut leaves: Vec<CompactRange>) {
    leaves.sort_by_key(CompactRange::first);
    let mut tree = Frontier::default();
    let is_complete = leaves.iter().all(|range| tree.extend(range).is_ok()) && tree.size() == head.visible_seq().0;
    if is_complete {
        checked.note(tree_is_of_rows(&head.frontier, &tree));
    }
}

/// The object of a segment, and the filters of the ledger, or why they cannot be read.
struct Found {
    object: Object,
    filters: Result<SegmentFilters, TablesError>,
    whole: Result<FullSegment, SegmentError>,
}

/// Reads the object under the key of a segment, if there is one. Filters that are not stored may contain anything.
async fn read<'a>(
    tables: &Tables,
    archive: &SegmentStore,
    org_id: &OrgId,
    segment: &'a SegmentRecord,
) -> Result<(&'a SegmentRecord, Option<Found>), CheckError> {
    let object = match archive.published_object(&segment.key).await {
        Err(SegmentError::Missing { .. }) => return Ok((segment, None)),
        object => object?,
    };
    let filters = match tables.ledger.filters(org_id, segment).await {
        Err(error @ TablesError::Malformed { .. }) => Err(error),
        filters => Ok(filters?.unwrap_or_default()),
    };
    let described = (segment.clone(), filters.as_ref().cloned().unwrap_or_default());
    let whole = FullSegment::read_blocking(&object, Some(described)).await;
    Ok((segment, Some(Found { object, filters, whole })))
}

/// I-2: ids of one month are only in segments of that month, so one month at a time is enough.
fn end_month(checked: &mut Checked, (_, ids): &mut (Month, Vec<EventId>)) {
    checked.note(each_once(ids.iter().copied()));
    checked.archived.append(ids);
}
