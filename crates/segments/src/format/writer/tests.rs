use audit_core::{IdKey, OrgId, UnixMicros, request};

use parquet::file::metadata::ParquetMetaDataReader;

use super::*;
use crate::format::footer::{check_format, entry};
use crate::format::rows::Rows;
use crate::keys;

const SEED: Seed = Seed([7; 32]);

/// A segment of one event for each action.
fn segment(actions: usize) -> Encoded {
    let now = UnixMicros::new(1_795_000_000_000_000);
    let event = |n: usize| {
        let body = format!(
            r#"{{"occurred_at":"2026-11-18T00:00:00.{n:06}Z","actor":{{"id":"a"}},"action":"many.action_{n}","result":"failed"}}"#
        );
        let new = request::read(body.as_bytes(), None, now).unwrap().remove(0);
        new.into_event("acme".parse::<OrgId>().unwrap(), &IdKey::new([7; 32]), now, 0)
    };
    let place = BatchPlace { first_seq: Seq(0), index: 0 };
    let mut writer = SegmentWriter::begin(&event(0), Seq(0), place, SEED).unwrap();
    (0..actions).for_each(|n| writer.push(&event(n)).unwrap());
    writer.finish(true).unwrap()
}

/// parquet-java's `VersionParser` takes `(.*?)\s+version\s*(?:([^(]*?)\s*(?:\(\s*build\s*([^)]*?)\s*\))?)?`.
#[test]
fn the_writer_of_a_file_has_a_name_a_version_and_a_build() {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&segment(1).body).unwrap();
    let created_by = metadata.file_metadata().created_by().unwrap();
    let (application, rest) = created_by.split_once(" version ").unwrap();
    let (version, build) = rest.strip_suffix(')').unwrap().split_once(" (build ").unwrap();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    assert!(version.split('.').count() == 3 && version.split('.').all(is_number), "{created_by}");
    assert!(!build.is_empty() && !build.contains(['(', ')']), "{created_by}");
    // For files of its own writer, parquet-java also distrusts versions before 1.8.0.
    assert_eq!(application, "audit-logs");
}

#[test]
fn a_file_names_its_format_and_another_one_is_refused_by_name() {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&segment(1).body).unwrap();
    let format = entry(metadata.file_metadata(), keys::FOOTER_FORMAT);
    assert!(check_format(format).is_ok());
    for (entry, named) in [(None, "the format 1,"), (Some("2"), "the format 2,"), (Some(""), "the format ,")] {
        assert!(check_format(entry).unwrap_err().to_string().contains(named), "{entry:?}");
    }
}

#[test]
fn a_segment_lists_64_actions_and_of_65_none() {
    assert_eq!(segment(64).record.actions.map(|actions| actions.len()), Some(64));
    assert_eq!(segment(65).record.actions, None);
}

/// An event with few texts, and one with all.
fn event(tail: usize) -> Event {
    let now = UnixMicros::new(1_795_000_000_000_000);
    let bodies = [
        r#"{"occurred_at":"2026-11-17T23:59:59.999999Z","actor":{"id":"a"},"action":"billing.plan_changed","result":"failed"}"#,
        r#"{"occurred_at":"2026-11-17T23:59:59.999999Z","actor":{"type":"api_key","id":"key_1","name":"CI","email":"Ci@x.y"},
            "action":"member.invited","target":{"type":"user","id":"usr_2","name":"Ada"},"result":"succeeded",
            "failure_reason":"","context":{"ip":"203.0.113.7:443, ::1","user_agent":"curl","request_id":"r-1"},
            "details":{"b":1.0,"a":["é"]}}"#,
    ];
    let new = request::read(bodies[tail].as_bytes(), None, now).unwrap().remove(0);
    new.into_event("acme".parse::<OrgId>().unwrap(), &IdKey::new([7; 32]), now, tail as u64)
}

/// A segment of two events from number 7 on, of which the encoder gets other rows than it was given.
fn misencoded(rows: impl Fn(&[Event; 2]) -> Vec<(u64, Event)>) -> Result<Encoded, SegmentError> {
    let events = [event(0), event(1)];
    let mut writer =
        SegmentWriter::begin(&events[0], Seq(7), BatchPlace { first_seq: Seq(3), index: 1 }, SEED).unwrap();
    events.iter().for_each(|event| writer.push(event).unwrap());
    writer.file.pending = Rows::new();
    for (seq, event) in rows(&events) {
        writer.file.pending.push(Seq(seq), None, &event);
    }
    writer.finish(true)
}

/// An error of an encoder is noticed before the segment is staged, while all rows are hot.
#[test]
fn a_file_that_does_not_contain_its_events_is_refused() {
    let [first, second] = [event(0), event(1)];
    let renamed = |event: &Event| Event { failure_reason: None, ..event.clone() };
    let later = |event: &Event| Event { ingested_at: UnixMicros::new(0), ..event.clone() };
    let sound = misencoded(|[first, second]| vec![(7, first.clone()), (8, second.clone())]).unwrap();
    assert_eq!(sound.leaves.iter().map(|leaves| (leaves.first(), leaves.rows())).collect::<Vec<_>>(), [(Seq(7), 2)]);
    for (what, rows) in [
        ("a text", vec![(7, first.clone()), (8, renamed(&second))]),
        ("an instant", vec![(7, later(&first)), (8, second.clone())]),
        ("a row left out", vec![(7, first.clone())]),
        ("a row written twice", vec![(7, first.clone()), (7, first.clone()), (8, second.clone())]),
        ("rows exchanged", vec![(7, second.clone()), (8, first.clone())]),
        ("another number", vec![(7, first.clone()), (9, second.clone())]),
        ("another order", vec![(8, second), (7, first)]),
    ] {
        let refused = misencoded(|_| rows.clone());
        assert!(matches!(refused, Err(SegmentError::Misencoded { .. })), "{what}: {refused:?}");
    }
}

/// Changes with a version of `parquet` or `zstd`, and else only with the stored format.
#[test]
fn the_bytes_of_a_segment_never_change() {
    let place = BatchPlace { first_seq: Seq(3), index: 1 };
    let mut writer = SegmentWriter::begin(&event(0), Seq(7), place, SEED).unwrap();
    [0, 1].into_iter().for_each(|tail| writer.push(&event(tail)).unwrap());
    let encoded = writer.finish(true).unwrap();
    assert_eq!(encoded.record.sha256.to_string(), "001a818a9fe17736cc7385778a76ff5f9a5a27333f4d54d93536363f941b932b");
}
