//! What a record answers is what its rows are.

use super::*;
use crate::segment::Tail;
use crate::stats::{Interval, Zone};
use crate::time::Day;
use crate::{Seq, Sha256};

const DAY: Day = Day(20_000);

/// Rows: seconds of the day, action, category, and whether they failed.
const ROWS: &[(i64, &str, &str, bool)] = &[
    (0, "member.invited", "team", false),
    (899, "member.invited", "team", true),
    (900, "member.removed", "team", false),
    (65_700, "billing.plan_changed", "billing", false),
    (86_399, "member.invited", "other", false),
];

fn record(rows: &[(i64, &str, &str, &str)]) -> SegmentRecord {
    let mut builder = CountsBuilder::default();
    let (mut actions, mut categories) = (Vec::new(), Vec::new());
    let id = |second: i64| EventId::first_at(UnixMicros::new(DAY.start().micros() + second * 1_000_000));
    for (second, action, category, result) in rows {
        builder.add(id(*second), &FilterFields { action, category, result, ..FilterFields::default() });
        actions.push((*action).to_owned());
        categories.push((*category).to_owned());
    }
    for list in [&mut actions, &mut categories] {
        list.sort();
        list.dedup();
    }
    let actions = (actions.len() <= SEGMENT_ACTIONS).then_some(actions);
    SegmentRecord {
        dt: DAY,
        first_seq: Seq(0),
        rows: rows.len() as u64,
        bytes: 1,
        sha256: Sha256([0; 32]),
        tail: Tail { bytes: 1, crc32c: 0 },
        key: String::new(),
        staged: None,
        first: id(rows[0].0),
        last: id(rows[rows.len() - 1].0),
        counts: Some(builder.finish(actions.as_deref(), &categories)),
        actions,
        categories,
        actors: None,
        targets: None,
        addresses: None,
    }
}

fn known() -> SegmentRecord {
    let result = |failed| if failed { "failed" } else { "succeeded" };
    record(
        &ROWS
            .iter()
            .map(|(at, action, category, failed)| (*at, *action, *category, result(*failed)))
            .collect::<Vec<_>>(),
    )
}

fn groups(filter: &Filter, by: &str) -> Vec<(String, u64, u64)> {
    let tally = answer(&known(), filter, by.parse().unwrap(), None).unwrap();
    let of = |(value, group): (Option<String>, Group)| (value.unwrap(), group.count.count, group.count.failed);
    tally.ranked(100).groups.into_iter().map(of).collect()
}

#[test]
fn the_stored_counts_never_change_and_are_read_back() {
    let record = known();
    let counts = record.counts.clone().unwrap();
    assert_eq!(hex::encode(&counts.as_bytes()[..6]), "020101000000");
    assert_eq!(counts.as_bytes().len(), 96 + 4 + 5 * 3);
    let bytes = counts.as_bytes().to_vec();
    assert_eq!(SegmentCounts::from_bytes(bytes.clone(), 5, 3, 3), Some(counts));
    for (rows, actions, categories) in [(4, 3, 3), (5, 2, 3), (5, 3, 2)] {
        assert_eq!(SegmentCounts::from_bytes(bytes.clone(), rows, actions, categories), None);
    }
    for end in 0..bytes.len() {
        let is_a_table_less = end == 96 + 4;
        assert_eq!(SegmentCounts::from_bytes(bytes[..end].to_vec(), 5, 3, 3).is_some(), is_a_table_less, "{end}");
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
    let total = answer(&known(), &members, GroupBy::default(), None).unwrap().total;
    assert_eq!(total, Count { count: 4, failed: 1 });
    let narrowed = Filter { only: Some(Box::new(failed)), ..members };
    assert_eq!(groups(&narrowed, "action"), [of("member.invited", 1, 1)]);
}

#[test]
fn quarter_hours_are_added_to_the_days_of_a_zone() {
    let counted = |zone: &str| {
        let bars = Bars { interval: Interval::Day, zone: zone.parse::<Zone>().unwrap() };
        let tally = answer(&known(), &Filter::default(), "time".parse().unwrap(), Some(&bars)).unwrap();
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
        assert_eq!(answer(&known(), &all, by.parse().unwrap(), None), None, "{by}");
    }
    assert_eq!(answer(&known(), &by_actor, GroupBy::default(), None), None);
    assert_eq!(answer(&SegmentRecord { counts: None, ..known() }, &all, GroupBy::default(), None), None);
    let actions: Vec<_> = (0..65).map(|n| format!("a.a{n}")).collect();
    let many: Vec<_> = actions.iter().map(|action| (0, action.as_str(), "other", "succeeded")).collect();
    let newer = [(0, "a.b", "other", "partly")];
    for record in [record(&many), record(&newer)] {
        assert_eq!(answer(&record, &all, "action".parse().unwrap(), None), None);
        let total = answer(&record, &all, GroupBy::default(), None).unwrap().total;
        assert_eq!(total.count, record.rows, "quarter hours are counted in any case");
    }
}
