//! Each predicate about merges is true for a sound merge, and false after one change.

use super::*;
use crate::claim::ClaimedMerge;
use crate::day_rows::DayRows;
use crate::merge::{MergeRecord, MergeSource, Visible};
use crate::segment::{SegmentName, Tail, Totals, WrittenBy};
use crate::seq::SeqRun;
use crate::time::{Day, Month};

const MONTH: fn() -> Month = || Day(20_000).month();

fn run(first: u64, rows: u64) -> SeqRun {
    SeqRun { first: Seq(first), rows }
}

/// A segment of these runs.
fn segment(merge: u64, runs: &[SeqRun]) -> SegmentRecord {
    let rows = runs.iter().map(|run| run.rows).sum();
    let first = EventId::first_at(Day(20_000).start());
    SegmentRecord {
        month: MONTH(),
        first_seq: runs[0].first,
        merge,
        rows,
        runs: if runs.len() > 1 { runs.to_vec() } else { Vec::new() },
        ranges: runs.len() as u32,
        bytes: 1,
        sha256: Sha256([0; 32]),
        tail: Tail { bytes: 1, crc32c: 0 },
        key: format!("{merge} {}", SeqRun::to_text(runs)),
        staged: None,
        first,
        last: first,
        days: DayRows::from_text(MONTH(), &format!("04:{rows}")).unwrap(),
        actions: None,
        categories: Vec::new(),
    }
}

/// Three segments of a pass, of which the first and the last are merged.
fn sources() -> [SegmentRecord; 3] {
    [segment(0, &[run(0, 5)]), segment(0, &[run(5, 3)]), segment(0, &[run(8, 2)])]
}

/// What they are merged to: the lower and the higher ids of both.
fn targets() -> Vec<SegmentRecord> {
    vec![segment(1, &[run(0, 2), run(8, 1)]), segment(1, &[run(2, 3), run(9, 1)])]
}

fn merge() -> ClaimedMerge {
    let [first, _, last] = sources();
    let sources = vec![MergeSource::of(&first), MergeSource::of(&last)];
    ClaimedMerge { number: 1, month: MONTH(), sources, targets: targets() }
}

#[test]
fn a_merge_keeps_the_rows_of_its_segments() {
    let [first, other, last] = sources();
    let keeps = |targets: &[SegmentRecord]| merge_keeps_rows(&[&last, &first], targets).is_ok();
    assert!(keeps(&targets()) && keeps(&[segment(1, &[run(0, 5), run(8, 2)])]));
    assert!(merge_keeps_rows(&[&first, &other], &targets()).is_err(), "other rows");
    for (what, runs) in [
        ("a row is missing", vec![run(0, 4), run(8, 2)]),
        ("a row is added", vec![run(0, 5), run(8, 3)]),
        ("a row has another number", vec![run(0, 5), run(8, 1), run(11, 1)]),
    ] {
        assert!(!keeps(&[segment(1, &runs)]), "{what}");
    }
    assert!(!keeps(&[targets(), vec![segment(1, &[run(9, 1)])]].concat()), "a row is doubled");
    assert!(!keeps(&[]));
    let moved = SegmentRecord { month: Day(20_100).month(), ..segment(1, &[run(0, 5), run(8, 2)]) };
    assert_eq!(merge_keeps_rows(&[&first, &last], &[moved]).unwrap_err().invariant, Invariant::PublishedFirst);
}

#[test]
fn a_merge_replaces_at_least_two_segments_of_the_ledger_as_they_are_there() {
    let ledger = sources();
    let find = |name: SegmentName| ledger.iter().find(|segment| segment.name() == name);
    let found = merge_replaces(find, &merge().sources).unwrap();
    assert_eq!(found, [&ledger[0], &ledger[2]]);
    let [first, last] = [merge().sources[0].clone(), merge().sources[1].clone()];
    let renamed = SegmentName { merge: 7, ..last.name };
    for sources in [
        vec![],
        vec![first.clone()],
        vec![first.clone(), first.clone()],
        vec![last.clone(), first.clone()],
        vec![first.clone(), MergeSource { sha256: Sha256([1; 32]), ..last.clone() }],
        vec![first.clone(), MergeSource { key: "another".to_owned(), ..last.clone() }],
        vec![first, MergeSource { name: renamed, ..last }],
    ] {
        assert_eq!(merge_replaces(find, &sources).unwrap_err().invariant, Invariant::ObjectsUnchanged, "{sources:?}");
    }
}

#[test]
fn the_targets_of_a_merge_are_new_objects() {
    assert!(targets_are_new(&merge()).is_ok());
    let [first, second] = [targets()[0].clone(), targets()[1].clone()];
    for targets in [
        vec![SegmentRecord { key: merge().sources[1].key.clone(), ..first.clone() }, second.clone()],
        vec![first.clone(), SegmentRecord { key: first.key.clone(), ..second.clone() }],
        vec![first.clone(), SegmentRecord { first_seq: first.first_seq, ..second.clone() }],
        vec![first, SegmentRecord { merge: 2, ..second }],
    ] {
        let found = targets_are_new(&ClaimedMerge { targets, ..merge() });
        assert_eq!(found.unwrap_err().invariant, Invariant::ObjectsUnchanged);
    }
    assert!(targets_are_new(&ClaimedMerge { number: 0, ..merge() }).is_err());
}

#[test]
fn the_visible_segments_tile_before_and_after_a_switch() {
    let claim = |number| SealedClaim { number, bytes: Vec::new() };
    let at = UnixMicros::new(1);
    let record = merge().record(at);
    let read = Head { next_seq: Seq(10), ..Head::default() };
    let decided = read.deciding_merge(at, &claim(0));
    let switched = decided.switching(at, &claim(1));
    let ended = switched.ending_merge();
    let all: Vec<_> = sources().into_iter().chain(targets()).collect();
    let kept: Vec<_> = [sources()[1].clone()].into_iter().chain(targets()).collect();
    for head in [&decided, &switched, &decided.abandoning(at, &claim(1))] {
        assert!(visible_segments_tile(&Visible::of(head, Some(&record)), &all).is_ok(), "{head:?}");
    }
    assert!(visible_segments_tile(&Visible::of(&ended, None), &kept).is_ok());
    let number = |head: &Head, segments: &[SegmentRecord]| {
        visible_segments_tile(&Visible::of(head, None), segments).unwrap_err().invariant
    };
    assert_eq!(number(&ended, &all), Invariant::DenseNumbers, "sources that were not deleted");
    assert_eq!(number(&ended, &kept[..2]), Invariant::DenseNumbers, "a target is missing");
    assert_eq!(number(&decided, &all[1..]), Invariant::DenseNumbers, "a source is missing");
}

#[test]
fn the_footer_of_a_target_states_its_merge_and_its_ranges() {
    let record: MergeRecord = merge().record(UnixMicros::new(1));
    let target = targets().remove(1);
    let range =
        |run: SeqRun| SegmentRange { first_seq: run.first, rows: run.rows, seed: None, digest: Sha256([0; 32]) };
    let footer = Footer {
        org_id: "acme".parse().unwrap(),
        first_seq: Seq(2),
        rows: 4,
        written_by: WrittenBy::Merge(1),
        index: 1,
        totals: Some(Totals { rows: 7, segments: 2 }),
        raw_bytes: 9,
        ranges: vec![range(run(2, 3)), range(run(9, 1))],
    };
    let agrees = |target: &SegmentRecord, footer: &Footer| {
        footer_agrees(&"acme".parse().unwrap(), Siblings::Merge(&record), target, footer).is_ok()
    };
    assert!(agrees(&target, &footer));
    let parts = vec![range(run(2, 1)), range(run(3, 2)), range(run(9, 1))];
    let divided = Footer { ranges: parts.clone(), ..footer.clone() };
    assert!(!agrees(&target, &divided) && agrees(&SegmentRecord { ranges: 3, ..target.clone() }, &divided));
    for other in [
        Footer { written_by: WrittenBy::Merge(2), ..footer.clone() },
        Footer { written_by: WrittenBy::Batch(Seq(2)), ..footer.clone() },
        Footer { index: 0, ..footer.clone() },
        Footer { totals: Some(Totals { rows: 8, segments: 2 }), ..footer.clone() },
        Footer { ranges: vec![range(run(2, 3)), range(run(10, 1))], ..footer.clone() },
        Footer { ranges: parts[..2].to_vec(), ..footer.clone() },
    ] {
        assert!(!agrees(&target, &other), "{other:?}");
    }
}
