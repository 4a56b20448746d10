use audit_core::{Archived, LogId, SegmentName, Sha256};
use aws_sdk_dynamodb::types::AttributeValue;

use super::*;

fn acme() -> OrgId {
    "acme".parse().unwrap()
}

#[test]
fn the_item_of_a_head_is_read_back_and_one_that_contradicts_itself_is_malformed() {
    let home = Home { table: "ledger".to_owned(), bucket: "archive".to_owned() };
    let claim = |number| SealedClaim { number, bytes: vec![1] };
    let first = Head::default().after_daily(Day(20_000), &home);
    let committed = first.committing(5, &home, LogId::new([1; 16]), &claim(0));
    let mut frontier = Frontier::default();
    (0..5).for_each(|row| frontier.push(Sha256([row; 32])));
    let published = committed.publishing(&frontier, &claim(1));
    let (newest, log_id) = (Some(claim(2).sha256()), Some(LogId::new([1; 16])));
    let (merges, merged) = (2, 1);
    let since = Day(20_000).start();
    let merge = Some(OpenMerge { number: 2, phase: MergePhase::Switched, since });
    let archived =
        Archived { generation: 1, next_seq: Seq(5), claims: 3, newest, log_id, frontier, merges: 2, merged: 2, merge };
    let closed = Head { merges, merged, ..published.closing() };
    let decided = closed.deciding_merge(since, &claim(2));
    let heads = [
        committed.voiding(&claim(1)),
        published.rebuilt(&home, &archived),
        decided.switching(since, &claim(3)),
        decided.abandoning(since, &claim(3)),
        closed,
        first,
        published,
        decided,
        committed,
    ];
    let read = |item: &Item| read_head(item).map_err(|error| error.to_string());
    for head in &heads {
        assert_eq!(read(&write_head(&acme(), head).item()), Ok(head.clone()));
    }
    for (name, value) in [("generation", 1), ("claims", 0), ("version", 0), ("next_seq", 0)] {
        let mut item = write_head(&acme(), &heads[8]).item();
        item.insert(name.to_owned(), AttributeValue::N(value.to_string()));
        assert!(read(&item).unwrap_err().contains("malformed"), "{name}");
    }
    for (name, value) in [("merged", 3), ("merged", 4), ("merge", 2), ("merges", 4)] {
        let mut item = write_head(&acme(), &heads[7]).item();
        item.insert(name.to_owned(), AttributeValue::N(value.to_string()));
        assert!(read(&item).unwrap_err().ends_with("malformed: merge"), "{name} {value}");
    }
    let mut item = write_head(&acme(), &heads[8]).item();
    item.remove("frontier");
    assert!(read(&item).unwrap_err().contains("malformed: frontier"));
    item.insert("format".to_owned(), AttributeValue::N("99".to_owned()));
    item.remove("version");
    assert!(read(&item).unwrap_err().contains("has the format 99; a newer version wrote it"));
}

#[test]
fn the_item_of_a_segment_never_changes_and_is_read_back() {
    let acme = acme();
    let first = EventId::first_at(Day(20_000).start());
    let at = Day(20_000).start();
    let staged = SegmentRecord {
        month: Day(20_000).month(),
        first_seq: Seq(7),
        merge: 0,
        rows: 2,
        runs: Vec::new(),
        ranges: 1,
        bytes: 100,
        sha256: Sha256([15; 32]),
        tail: Tail { bytes: 40, crc32c: 7 },
        key: "events/x".to_owned(),
        staged: Some(Staged { key: "staging/x".to_owned(), etag: "tag".to_owned(), at }),
        first,
        last: first,
        days: DayRows::from_text(Day(20_000).month(), "04:2/1").unwrap(),
        actions: Some(vec!["member.invited".to_owned()]),
        categories: vec!["team".to_owned()],
    };
    for (segment, key, etag, attributes) in [(&staged, "staging/x", "tag", 17), (&staged.published(), "", "", 16)] {
        let item = write_segment(&acme, segment).item();
        let text = |name: &str| item[name].as_s().unwrap().as_str();
        assert_eq!((text("staged_key"), text("staged_etag")), (key, etag));
        assert_eq!((text("sha256"), text("key")), ("0f".repeat(32).as_str(), "events/x"));
        assert_eq!((text("sk"), text("days")), ("seg#2024-10#00000000000000000007#0", "04:2/1"));
        assert_eq!(item.len(), attributes);
        assert_eq!(read_segment(&item).unwrap(), *segment);
    }
}

#[test]
fn the_item_of_a_merged_segment_has_its_runs() {
    let run = |first, rows| SeqRun { first: Seq(first), rows };
    let first = EventId::first_at(Day(20_000).start());
    let merged = SegmentRecord {
        month: Day(20_000).month(),
        first_seq: Seq(7),
        merge: 12,
        rows: 5,
        runs: vec![run(7, 2), run(20, 3)],
        ranges: 4,
        bytes: 100,
        sha256: Sha256([15; 32]),
        tail: Tail { bytes: 40, crc32c: 7 },
        key: "events/x".to_owned(),
        staged: None,
        first,
        last: first,
        days: DayRows::from_text(Day(20_000).month(), "04:5").unwrap(),
        actions: None,
        categories: Vec::new(),
    };
    let item = write_segment(&acme(), &merged).item();
    let text = |name: &str| item[name].as_s().unwrap().as_str();
    assert_eq!((text("sk"), text("runs")), ("seg#2024-10#00000000000000000007#12", "7:2 20:3"));
    assert_eq!(read_segment(&item).unwrap(), merged);
    for runs in ["7:2 20:2", "8:2 20:3", "7:5", "20:3 7:2"] {
        let mut item = item.clone();
        item.insert("runs".to_owned(), AttributeValue::S(runs.to_owned()));
        assert!(read_segment(&item).unwrap_err().to_string().ends_with("malformed: runs"), "{runs}");
    }
}

#[test]
fn the_item_of_a_merge_never_changes_and_is_read_back() {
    let month = Day(20_000).month();
    let name = |first_seq, merge| SegmentName { month, first_seq: Seq(first_seq), merge };
    let source = |name| MergeSource { name, key: "events/x y".to_owned(), sha256: Sha256([15; 32]) };
    let merge = MergeRecord {
        number: 12,
        month,
        sources: vec![source(name(7, 0)), source(name(9, 3))],
        targets: vec![name(7, 12)],
        rows: 5,
        decided_at: Day(20_000).start(),
    };
    let item = write_merge(&acme(), &merge).item();
    let text = |name: &str| item[name].as_s().unwrap().as_str();
    assert_eq!((text("sk"), text("month")), ("merge#00000000000000000012", "2024-10"));
    let first = item["sources"].as_l().unwrap()[0].as_s().unwrap();
    assert_eq!(*first, format!("seg#2024-10#00000000000000000007#0 {} events/x y", "0f".repeat(32)));
    assert_eq!(item.len(), 7);
    assert_eq!(read_merge(&item).unwrap(), merge);
    for (name, value) in [("sources", "seg#2024-10#00000000000000000007#0"), ("targets", "seg#2024-10#7#12")] {
        let mut item = item.clone();
        item.insert(name.to_owned(), AttributeValue::L(vec![AttributeValue::S(value.to_owned())]));
        assert!(read_merge(&item).unwrap_err().to_string().contains(name), "{name}");
    }
}
