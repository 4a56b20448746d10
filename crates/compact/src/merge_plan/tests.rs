use audit_core::{Day, DayRows, EventId, Seq, SeqRun, Sha256, Staged, Tail};
use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Raw bytes of a row.
const RAW: u64 = 400;

fn month(text: &str) -> Month {
    text.parse::<Day>().unwrap().month()
}

fn at(text: &str) -> UnixMicros {
    text.parse::<UnixMicros>().unwrap()
}

fn segment(month: Month, rows: u64, ranges: u32, staged_at: UnixMicros) -> SegmentRecord {
    let first = EventId::first_at(month.first_day().start());
    SegmentRecord {
        month,
        first_seq: Seq(0),
        merge: 0,
        rows,
        runs: Vec::<SeqRun>::new(),
        ranges,
        // A tenth of the raw bytes.
        bytes: FILE_BYTES / 2 + rows * RAW / 10,
        sha256: Sha256([0; 32]),
        tail: Tail { bytes: 1, crc32c: 0 },
        key: String::new(),
        staged: Some(Staged { key: String::new(), etag: String::new(), at: staged_at }),
        first,
        last: first,
        days: DayRows::default(),
        actions: None,
        categories: Vec::new(),
    }
}

/// The archive of an org, as the planner sees it, and the work of its merges.
#[derive(Default)]
struct Archive {
    segments: Vec<SegmentRecord>,
    merges: u64,
    rows_written: u64,
}

impl Archive {
    fn archive(&mut self, month: Month, rows: u64, now: UnixMicros) {
        self.segments.push(segment(month, rows, 1, now));
    }

    fn of(&self, month: Month) -> Vec<SegmentRecord> {
        self.segments.iter().filter(|segment| segment.month == month).cloned().collect()
    }

    fn months(&self) -> Vec<Month> {
        let mut months: Vec<_> = self.segments.iter().map(|segment| segment.month).collect();
        months.sort_unstable();
        months.dedup();
        months
    }

    /// Makes one merge of a month, if the planner wants one.
    fn merge(&mut self, month: Month, now: UnixMicros) -> bool {
        let chosen = sources(month, self.of(month), now);
        let sizes: Vec<_> = chosen.iter().map(|source| Size::of(source, source.rows * RAW)).collect();
        let chosen = &chosen[..fitting(&sizes)];
        if chosen.is_empty() {
            return false;
        }
        let rows: u64 = chosen.iter().map(|source| source.rows).sum();
        let ranges: u32 = chosen.iter().map(|source| source.ranges).sum();
        for source in chosen {
            let place = self.segments.iter().position(|segment| segment == source).unwrap();
            self.segments.remove(place);
        }
        // As the merge cuts them. Each target may have a part of each range.
        let full = SEGMENT_ROWS.min(SEGMENT_RAW_BYTES.div_ceil(RAW));
        let targets = rows.div_ceil(full);
        assert!((2..=SOURCES).contains(&chosen.len()) && targets <= TARGETS && targets < chosen.len() as u64);
        assert!(ranges as usize <= SEGMENT_RANGES);
        for target in 0..targets {
            self.segments.push(segment(month, full.min(rows - target * full), ranges, now));
        }
        self.merges += 1;
        self.rows_written += rows;
        true
    }

    /// Makes all merges, each a day after the last, until the planner wants none.
    fn merge_all(&mut self, mut now: UnixMicros) -> UnixMicros {
        for month in self.months() {
            while self.merge(month, now) {
                now = now.plus(24 * HOUR);
            }
        }
        now
    }

    fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows).sum()
    }
}

#[test]
fn segments_are_merged_three_days_after_their_month_and_a_day_after_they_were_staged() {
    let old = month("2026-10-01");
    let of = |staged: &str, now: &str| sources(old, vec![segment(old, 9, 1, at(staged)); 3], at(now)).len();
    assert_eq!(of("2026-10-20T00:00:00Z", "2026-11-03T23:59:59Z"), 0, "the month is not over for three days");
    assert_eq!(of("2026-10-20T00:00:00Z", "2026-11-04T00:00:00Z"), 3);
    assert_eq!(of("2026-12-20T00:00:01Z", "2026-12-21T00:00:00Z"), 0, "the segments are too young");
    assert_eq!(of("2026-12-20T00:00:00Z", "2026-12-21T00:00:00Z"), 3);
}

#[test]
fn in_the_current_month_64_small_segments_are_merged_and_63_are_not() {
    let (current, now) = (month("2026-11-01"), at("2026-11-20T00:00:00Z"));
    let of = |count: usize, rows: u64| {
        sources(current, vec![segment(current, rows, 1, at("2026-11-05T00:00:00Z")); count], now).len()
    };
    assert_eq!((of(63, 100), of(64, 100), of(70, 100), of(70, 125_000)), (0, 64, 64, 0));
}

#[test]
fn a_large_segment_waits_for_a_quarter_of_its_size() {
    let old = month("2026-01-01");
    let of = |rows: &[u64]| {
        let segments = rows.iter().map(|rows| segment(old, *rows, 1, at("2026-02-01T00:00:00Z"))).collect();
        sources(old, segments, at("2026-11-20T00:00:00Z")).iter().map(|source| source.rows).collect::<Vec<_>>()
    };
    assert_eq!(of(&[1_000, 100]), [0; 0]);
    assert_eq!(of(&[1_000, 170, 100]), [100, 170, 1_000]);
    assert_eq!(of(&[1_000, 100, 1]), [0; 0]);
    assert_eq!(of(&[1_000, 30, 10]), [10, 30], "the small ones do not wait");
    assert_eq!(of(&[7]), [0; 0]);
    assert_eq!(of(&[200_000, 200_000, 5, 5]), [5, 5], "segments that are large enough stay as they are");
}

#[test]
fn a_segment_with_many_ranges_prevents_no_other_merge() {
    let old = month("2026-01-01");
    let mut segments = vec![segment(old, 1, 1_000, at("2026-02-01T00:00:00Z"))];
    segments.extend(vec![segment(old, 2_000, 400, at("2026-02-01T00:00:00Z")); 5]);
    let chosen = sources(old, segments, at("2026-11-20T00:00:00Z"));
    assert_eq!(chosen.iter().map(|source| source.ranges).collect::<Vec<_>>(), [400, 400]);
}

#[test]
fn two_months_in_portions_of_two_days_end_as_one_segment_each() {
    let (mut archive, mut now) = (Archive::default(), at("2026-09-01T00:00:00Z"));
    for _ in 0..30 {
        let month = now.day().month();
        now = now.plus(48 * HOUR);
        archive.archive(month, 120, now);
        archive.merge_all(now);
    }
    let end = archive.merge_all(now.plus(40 * 24 * HOUR));
    assert_eq!(archive.rows(), 3_600);
    assert!(archive.segments.len() <= 4, "{:?}", archive.segments.len());
    assert!(archive.months().into_iter().all(|month| sources(month, archive.of(month), end).is_empty()));
}

proptest! {
    #[test]
    fn merges_end_keep_all_rows_and_write_each_row_a_few_times(
        portions in prop::collection::vec(prop_oneof![8 => 1_u64..400, 2 => 400_u64..30_000, 1 => 30_000_u64..250_001], 2..120),
        every in 1_usize..9,
    ) {
        let old = month("2026-01-01");
        let (mut archive, mut now) = (Archive::default(), at("2026-03-01T00:00:00Z"));
        for (number, rows) in (1..).zip(&portions) {
            archive.archive(old, *rows, now);
            now = now.plus(24 * HOUR);
            if number % every == 0 {
                now = archive.merge_all(now);
            }
        }
        archive.merge_all(now.plus(24 * HOUR));
        let rows = portions.iter().sum::<u64>();
        prop_assert_eq!(archive.rows(), rows);
        prop_assert!(archive.merges < portions.len() as u64, "each merge leaves fewer segments");
        // log(rows) to the base 5/4.
        let times = (rows as f64).ln() / 1.25_f64.ln() + 2.0;
        prop_assert!((archive.rows_written as f64) < times * rows as f64, "{} of {rows}", archive.rows_written);
        // What remains are segments of half the size, and others that are each larger than four times the smaller ones.
        let small = archive.segments.iter().filter(|segment| Size::recorded(segment).is_small()).count();
        prop_assert!(small <= 12, "{small} small segments");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn ten_years_of_a_quiet_org_in_any_order_end_as_few_segments_a_month(
        order in Just((0..120_u32).collect::<Vec<_>>()).prop_shuffle(),
        rows in prop::collection::vec(1_u64..50, 120),
        days in 1_usize..31,
    ) {
        let (mut archive, mut now) = (Archive::default(), at("2036-01-10T00:00:00Z"));
        let first = month("2026-01-01");
        let months: Vec<_> = std::iter::successors(Some(first), |month| Some(month.next())).take(120).collect();
        for _ in 0..days {
            for (nth, at) in order.iter().enumerate() {
                archive.archive(months[*at as usize], rows[nth], now);
            }
            now = now.plus(24 * HOUR);
        }
        archive.merge_all(now.plus(24 * HOUR));
        prop_assert_eq!(archive.rows(), rows.iter().sum::<u64>() * days as u64);
        for month in months {
            prop_assert!(archive.of(month).len() <= 2, "{} segments of {month}", archive.of(month).len());
        }
    }
}
