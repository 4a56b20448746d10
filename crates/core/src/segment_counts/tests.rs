//! What a record and its counts answer is what its rows are.

use super::*;
use crate::segment::Tail;
use crate::stats::{Interval, Zone};
use crate::time::Day;
use crate::{DayRows, Seq, Sha256};

const DAY: Day = Day(20_000);

/// Rows: seconds since the start of the day, action, category, and whether they failed.
const ROWS: &[(i64, &str, &str, bool)] = &[
    (0, "member.invited", "team", false),
    (899, "member.invited", "team", true),
    (900, "member.removed", "team", false),
    (65_700, "billing.plan_changed", "billing", false),
    (86_399, "member.invited", "other", false),
];

fn id(second: i64) -> EventId {
    EventId::first_at(UnixMicros::new(DAY.start().micros() + second * 1_000_000))
}

/// A record and its counts.
type Known = (SegmentRecord, Option<SegmentCounts>);

fn record(rows: &[(i64, &str, &str, &str)]) -> Known {
    let mut builder = CountsBuilder::default();
    let (mut actions, mut categories) = (Vec::new(), Vec::new());
    let mut days = DayRows::default();
    for (second, action, category, result) in rows {
        builder.add(id(*second), &FilterFields { action, category, result, ..FilterFields::default() });
        days.add(id(*second).occurred_at().day(), *result == "failed");
        actions.push((*action).to_owned());
        categories.push((*category).to_owned());
    }
    for list in [&mut actions, &mut categories] {
        list.sort();
        list.dedup();
    }
    let actions = (actions.len() <= SEGMENT_ACTIONS).then_some(actions);
    let counts = builder.finish(DAY.month(), actions.as_deref(), &categories);
    let record = SegmentRecord {
        month: DAY.month(),
        first_seq: Seq(0),
        merge: 0,
        rows: rows.len() as u64,
        runs: Vec::new(),
        ranges: 1,
        bytes: 1,
        sha256: Sha256([0; 32]),
        tail: Tail { bytes: 1, crc32c: 0 },
        key: String::new(),
        staged: None,
        first: id(rows[0].0),
        last: id(rows[rows.len() - 1].0),
        days,
        actions,
        categories,
    };
    (record, Some(counts))
}

fn known() -> Known {
    let result = |failed| if failed { "failed" } else { "succeeded" };
    record(
        &ROWS
            .iter()
            .map(|(at, action, category, failed)| (*at, *action, *category, result(*failed)))
            .collect::<Vec<_>>(),
    )
}

/// What is answered, by any evidence.
fn answered((record, counts): &Known, span: Span, filter: &Filter, by: GroupBy, bars: Option<&Bars>) -> Option<Tally> {
    answer(record, counts.as_ref(), span, filter, by, bars)
}

fn groups(filter: &Filter, by: &str) -> Vec<(String, u64, u64)> {
    let tally = answered(&known(), Span::ALL, filter, by.parse().unwrap(), None).unwrap();
    let of = |(value, group): (Option<String>, Group)| (value.unwrap(), group.count.count, group.count.failed);
    tally.ranked(100).groups.into_iter().map(of).collect()
}

#[test]
fn the_stored_counts_never_change_and_are_read_back() {
    let (record, counts) = known();
    let bytes = counts.clone().unwrap().into_bytes();
    // Four quarter hours: of the fourth day of the month, the first and the second, and two with gaps before them.
    assert_eq!(hex::encode(&bytes[..14]), "04a0020201000100470100150100");
    assert_eq!(bytes.len(), 14 + 5 * 3);
    let read = |bytes: &[u8], record: &SegmentRecord| {
        SegmentCounts::of(&SegmentFilters::default().with(FilterPart::Counts, Some(bytes)), record)
    };
    assert_eq!((read(&bytes, &record), SegmentCounts::of(&SegmentFilters::default(), &record)), (counts, None));
    let days = |text: &str| DayRows::from_text(DAY.month(), text).unwrap();
    for other in [
        SegmentRecord { days: days("04:4/1"), ..record.clone() },
        SegmentRecord { days: days("04:5"), ..record.clone() },
        SegmentRecord { actions: None, ..record.clone() },
        SegmentRecord { categories: vec!["team".to_owned()], ..record.clone() },
    ] {
        assert_eq!(read(&bytes, &other), None);
    }
    for end in 0..bytes.len() {
        let is_a_table_less = end == 14;
        assert_eq!(read(&bytes[..end], &record).is_some(), is_a_table_less, "{end}");
    }
}

#[test]
fn every_field_of_the_table_is_grouped_and_filtered_by() {
    let all = Filter::default();
    let of = |name: &str, count, failed| (name.to_owned(), count, failed);
    let invited = of("member.invited", 3, 1);
    assert_eq!(groups(&all, "action"), [invited.clone(), of("billing.plan_changed", 1, 0), of("member.removed", 1, 0)]);
    assert_eq!(groups(&all, "category"), [of("team", 3, 1), of("billing", 1, 0), of("other", 1, 0)]);
    assert_eq!(groups(&all, "result"), [of("succeeded", 4, 0), of("failed", 1, 1)]);
    let failed = Filter { result: Some(EventResult::FAILED), ..Filter::default() };
    assert_eq!(groups(&failed, "action"), [of("member.invited", 1, 1)]);
    let members = Filter { actions: vec!["member.*".parse().unwrap()], ..Filter::default() };
    let total = answered(&known(), Span::ALL, &members, GroupBy::default(), None).unwrap().total;
    assert_eq!(total, Count { count: 4, failed: 1 });
    let narrowed = Filter { only: Some(Box::new(failed)), ..members };
    assert_eq!(groups(&narrowed, "action"), [of("member.invited", 1, 1)]);
}

#[test]
fn quarter_hours_are_added_to_the_days_of_a_zone() {
    let counted = |zone: &str| {
        let bars = Bars { interval: Interval::Day, zone: zone.parse::<Zone>().unwrap() };
        let tally = answered(&known(), Span::ALL, &Filter::default(), "time".parse().unwrap(), Some(&bars)).unwrap();
        tally.bars.iter().map(|(bar, count)| (bars.text(*bar), count.count)).collect::<Vec<_>>()
    };
    assert_eq!(counted("UTC"), [("2024-10-04T00:00:00+00:00".to_owned(), 5)]);
    let kathmandu = ["2024-10-04T00:00:00+05:45", "2024-10-05T00:00:00+05:45"].map(str::to_owned);
    assert_eq!(counted("Asia/Kathmandu"), [(kathmandu[0].clone(), 3), (kathmandu[1].clone(), 2)]);
}

#[test]
fn a_record_that_is_not_enough_answers_nothing() {
    let all = Filter::default();
    let by_actor = Filter { request_ids: vec!["r".to_owned()], ..Filter::default() };
    for by in ["actor", "target", "ip", "actor_type", "time,action"] {
        assert_eq!(answered(&known(), Span::ALL, &all, by.parse().unwrap(), None), None, "{by}");
    }
    assert_eq!(answered(&known(), Span::ALL, &by_actor, GroupBy::default(), None), None);
    let uncounted = (known().0, None);
    assert_eq!(answered(&uncounted, Span::ALL, &all, "action".parse().unwrap(), None), None);
    let actions: Vec<_> = (0..65).map(|n| format!("a.a{n}")).collect();
    let many: Vec<_> = actions.iter().map(|action| (0, action.as_str(), "other", "succeeded")).collect();
    let newer = [(0, "a.b", "other", "partly")];
    for record in [record(&many), record(&newer)] {
        assert_eq!(answered(&record, Span::ALL, &all, "action".parse().unwrap(), None), None);
        let total = answered(&record, Span::ALL, &all, GroupBy::default(), None).unwrap().total;
        assert_eq!(total.count, record.0.rows, "quarter hours are counted in any case");
    }
}

#[test]
fn a_part_of_a_segment_is_counted_if_it_consists_of_quarter_hours() {
    let rows = [(0, false), (899, true), (900, false), (86_400, false), (200_000, true)];
    let result = |failed| if failed { "failed" } else { "succeeded" };
    let rows: Vec<_> = rows.iter().map(|(at, failed)| (*at, "a.b", "other", result(*failed))).collect();
    let segment = record(&rows);
    let (in_total, by_action) = (GroupBy::default(), "action".parse::<GroupBy>().unwrap());
    let counted = |from: i64, to: i64, by: GroupBy| {
        let span = Span::between(Some(id(from).occurred_at()), Some(id(to).occurred_at()));
        answered(&segment, span, &Filter::default(), by, None).map(|tally| tally.total)
    };
    let all = Count { count: 5, failed: 2 };
    assert_eq!((counted(0, 200_001, in_total), counted(0, 200_001, by_action)), (Some(all), Some(all)));
    for (from, to, count, failed) in
        [(0, 900, 2, 1), (0, 86_400, 3, 1), (1_800, 100_000, 1, 0), (500_000, 600_000, 0, 0)]
    {
        assert_eq!(counted(from, to, in_total), Some(Count { count, failed }), "{from} {to}");
        assert_eq!(counted(from, to, by_action), None, "the table has no days");
    }
    assert_eq!((counted(0, 450, in_total), counted(100, 900, in_total)), (None, None), "a part of a quarter hour");
}

#[test]
fn days_are_enough_for_bars_of_whole_utc_days_and_for_spans_of_whole_days() {
    let rows = [(0, false), (899, true), (86_400, false), (200_000, true)];
    let result = |failed| if failed { "failed" } else { "succeeded" };
    let rows: Vec<_> = rows.iter().map(|(at, failed)| (*at, "a.b", "other", result(*failed))).collect();
    let (segment, counts) = record(&rows);
    let (all, by_time) = (Filter::default(), "time".parse::<GroupBy>().unwrap());
    let bars = |interval, zone: &str| Bars { interval, zone: zone.parse().unwrap() };
    for interval in [Interval::Day, Interval::Week, Interval::Month] {
        let utc = bars(interval, "UTC");
        let by_days = answer_by_days(&segment, Span::ALL, &all, by_time, Some(&utc)).unwrap();
        let Decoded { quarters, .. } = decode(&counts.clone().unwrap().0).unwrap();
        assert_eq!(Some(by_days), add_quarters(&segment, Span::ALL, &quarters, Some(&utc)), "{interval}");
    }
    for bars in [bars(Interval::Hour, "UTC"), bars(Interval::Day, "Europe/Berlin"), bars(Interval::Day, "Asia/Tokyo")] {
        assert_eq!(answer_by_days(&segment, Span::ALL, &all, by_time, Some(&bars)), None, "{bars:?}");
    }
    let in_total = |from: i64, to: i64| {
        let span = Span::between(Some(id(from).occurred_at()), Some(id(to).occurred_at()));
        answer_by_days(&segment, span, &all, GroupBy::default(), None).map(|tally| tally.total)
    };
    assert_eq!(in_total(0, 86_400), Some(Count { count: 2, failed: 1 }));
    assert_eq!(in_total(-5, 200_001), Some(Count { count: 4, failed: 2 }), "from the first row to the last one");
    assert_eq!((in_total(1, 86_400), in_total(0, 200_000)), (None, None), "a part of a day");
    assert_eq!(answer_by_days(&segment, Span::ALL, &all, "action".parse().unwrap(), None), None);
    let failed = Filter { result: Some(EventResult::FAILED), ..Filter::default() };
    assert_eq!(answer_by_days(&segment, Span::ALL, &failed, by_time, None), None);
}
