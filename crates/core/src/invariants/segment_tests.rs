//! Each predicate about the segments of batches is true for a sound segment, and false after one change.

use super::*;
use crate::log_id::LogId;
use std::time::Duration;

use crate::day_rows::DayRows;
use crate::leaf::Seed;
use crate::segment::{Staged, Tail, Totals, WrittenBy};
use crate::time::Day;

const DAY: Day = Day(20_000);

fn acme() -> OrgId {
    "acme".parse::<OrgId>().unwrap()
}

fn id(second: u64) -> EventId {
    EventId::first_at(DAY.start().plus(Duration::from_secs(second)))
}

/// Segment `index` of a batch of three segments of two rows each, from 10 on.
fn segment(index: u64) -> SegmentRecord {
    SegmentRecord {
        month: DAY.month(),
        first_seq: Seq(10 + 2 * index),
        merge: 0,
        rows: 2,
        runs: Vec::new(),
        ranges: 1,
        bytes: 100,
        sha256: Sha256([0; 32]),
        tail: Tail { bytes: 40, crc32c: 7 },
        key: format!("key {index}"),
        staged: Some(Staged { key: "staged".to_owned(), etag: "tag".to_owned(), at: DAY.start() }),
        first: id(0),
        last: id(1),
        days: days(2),
        actions: Some(vec!["member.invited".to_owned()]),
        categories: vec!["team".to_owned()],
    }
}

fn days(rows: u64) -> DayRows {
    DayRows::from_text(DAY.month(), &format!("04:{rows}")).unwrap()
}

fn batch() -> BatchRecord {
    BatchRecord::of(Seq(10), &[segment(0), segment(1), segment(2)])
}

fn footer(index: u64) -> Footer {
    let totals = (index == 2).then_some(Totals { rows: 6, segments: 3 });
    let first_seq = Seq(10 + 2 * index);
    Footer {
        org_id: acme(),
        first_seq,
        rows: 2,
        written_by: WrittenBy::Batch(Seq(10)),
        index,
        totals,
        raw_bytes: 9,
        ranges: vec![range(first_seq)],
    }
}

/// Two rows from `first_seq` on.
fn range(first_seq: Seq) -> SegmentRange {
    SegmentRange { first_seq, rows: 2, seed: Some(Seed([1; 32])), digest: Sha256([2; 32]) }
}

#[test]
fn a_record_may_differ_in_the_staged_object_only() {
    let found = SegmentRecord { staged: None, ..segment(0) };
    assert!(record_matches_file(&segment(0), &found).is_ok());
    for other in [
        SegmentRecord { rows: 3, ..segment(0) },
        SegmentRecord { last: id(2), ..segment(0) },
        SegmentRecord { days: days(3), ..segment(0) },
        SegmentRecord { days: DayRows::from_text(DAY.month(), "04:2/1").unwrap(), ..segment(0) },
        SegmentRecord { actions: None, ..segment(0) },
    ] {
        assert_eq!(record_matches_file(&segment(0), &other).unwrap_err().invariant, Invariant::ObjectsUnchanged);
    }
}

#[test]
fn filters_may_lack_a_part_of_those_of_the_file_and_differ_in_none() {
    let found = SegmentFilters::default()
        .with(FilterPart::Actors, Some(vec![1; 32]))
        .with(FilterPart::Counts, Some(vec![1, 0, 2, 0]));
    let without = found.clone().with(FilterPart::Actors, None::<Vec<u8>>);
    for stored in [&found, &without, &SegmentFilters::default()] {
        assert!(filters_match_file("key", stored, &found).is_ok());
    }
    for (part, bytes) in
        [(FilterPart::Actors, vec![0; 32]), (FilterPart::Targets, vec![1; 32]), (FilterPart::Counts, vec![1, 1, 2, 0])]
    {
        let stored = found.clone().with(part, Some(bytes));
        let violation = filters_match_file("key", &stored, &found).unwrap_err();
        assert_eq!(violation.invariant, Invariant::ObjectsUnchanged, "{part:?}");
    }
}

#[test]
fn a_footer_states_its_org_rows_and_place() {
    for index in 0..3 {
        assert!(footer_agrees(&acme(), Siblings::Batch(&batch()), &segment(index), &footer(index)).is_ok());
    }
    let broken =
        |index, footer: Footer| footer_agrees(&acme(), Siblings::Batch(&batch()), &segment(index), &footer).is_err();
    assert!(broken(0, Footer { org_id: "acme2".parse::<OrgId>().unwrap(), ..footer(0) }));
    assert!(broken(0, Footer { rows: 3, ..footer(0) }) && broken(0, Footer { first_seq: Seq(11), ..footer(0) }));
    assert!(
        broken(1, Footer { index: 2, ..footer(1) })
            && broken(1, Footer { written_by: WrittenBy::Batch(Seq(12)), ..footer(1) })
    );
    assert!(broken(1, Footer { totals: footer(2).totals, ..footer(1) }), "only the last one has totals");
    assert!(broken(2, Footer { totals: Some(Totals { rows: 7, segments: 3 }), ..footer(2) }));
    assert!(!broken(2, Footer { totals: None, ..footer(2) }), "the rest of a batch may never have been published");
    assert!(footer_agrees(&acme(), Siblings::Batch(&BatchRecord::of(Seq(10), &[])), &segment(0), &footer(0)).is_err());
    let other = range(Seq(12));
    let halves = [Seq(10), Seq(11)].map(|first_seq| SegmentRange { rows: 1, ..range(first_seq) });
    for ranges in [vec![], vec![other.clone()], vec![range(Seq(10)), other], halves[..1].to_vec(), halves.to_vec()] {
        assert!(broken(0, Footer { ranges, ..footer(0) }), "a segment of a batch has one range");
    }
}

#[test]
fn an_object_and_a_segment_that_are_not_in_the_ledger_are_found() {
    let (keys, names) = (HashSet::from(["key 0"]), batch().segments[..1].iter().copied().collect());
    assert!(
        object_is_in_ledger(&keys, "key 0").is_ok()
            && object_is_in_ledger(&keys, "key 1").unwrap_err().invariant == Invariant::ObjectsUnchanged
    );
    assert!(
        segment_has_writer(&names, &segment(0)).is_ok()
            && segment_has_writer(&names, &segment(1)).unwrap_err().invariant == Invariant::DenseNumbers
    );
}

#[test]
fn a_published_segment_exists_and_an_open_batch_ends_at_the_head() {
    assert!(
        published_object_exists(&segment(0), true).is_ok()
            && published_object_exists(&segment(0), false).unwrap_err().invariant == Invariant::PublishedFirst
    );
    let claim = SealedClaim { number: 0, bytes: Vec::new() };
    let (home, log_id) = (Home::default(), LogId::new([0; 16]));
    let open = Head { next_seq: Seq(10), ..Head::default() }.committing(6, &home, log_id, &claim);
    assert!(open_batch_is_last(&open, &[batch()]).is_ok() && open_batch_is_last(&Head::default(), &[]).is_ok());
    assert_eq!(open_batch_is_last(&open, &[]).unwrap_err().invariant, Invariant::DenseNumbers);
    assert!(open_batch_is_last(&Head { next_seq: Seq(17), ..open.clone() }, &[batch()]).is_err());
}

#[test]
fn a_row_has_the_org_instant_order_and_month_of_its_place() {
    let row = |second, seq| SegmentRow {
        seq: Seq(seq),
        id: id(second),
        occurred_at: id(second).occurred_at(),
        org_id: acme(),
    };
    let (first, second) = (row(5, 10), row(6, 11));
    assert!(row_in_place(&footer(0), None, &first).is_ok());
    for second in [&second, &row(27 * 86_400, 11)] {
        assert!(row_in_place(&footer(0), Some(&first), second).is_ok());
    }
    let number = |row: SegmentRow| row_in_place(&footer(0), Some(&first), &row).unwrap_err().invariant as u8;
    assert_eq!(number(SegmentRow { org_id: "acme2".parse::<OrgId>().unwrap(), ..second.clone() }), 7);
    assert_eq!(number(SegmentRow { occurred_at: UnixMicros::new(0), ..second }), 5);
    assert_eq!((number(row(5, 11)), number(row(4, 11)), number(row(28 * 86_400, 11))), (2, 2, 5));
}

#[test]
fn a_row_repeats_the_instants_and_addresses_of_its_event() {
    let at = id(5).occurred_at();
    let ip = Some("192.0.2.1");
    assert!(row_unchanged(id(5), [at, at], [ip, ip]).is_ok() && row_unchanged(id(5), [at, at], [None, None]).is_ok());
    let another = UnixMicros::new(0);
    for (instants, addresses) in
        [([another, at], [ip, ip]), ([at, another], [ip, ip]), ([at, at], [None, ip]), ([at, at], [Some("::1"), ip])]
    {
        let found = row_unchanged(id(5), instants, addresses).unwrap_err();
        assert_eq!(found.invariant, Invariant::ObjectsUnchanged);
    }
}
