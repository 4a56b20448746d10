use audit_core::{IdKey, UnixMicros, request};

use parquet::file::metadata::ParquetMetaDataReader;

use super::*;
use crate::format::footer::{check_format, entry};
use crate::keys;

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
    let mut writer = SegmentWriter::begin(&event(0), Seq(0), place).unwrap();
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

/// Changes with a version of `parquet` or `zstd`, and else only with the stored format.
#[test]
fn the_bytes_of_a_segment_never_change() {
    let now = UnixMicros::new(1_795_000_000_000_000);
    let bodies = [
        r#"{"occurred_at":"2026-11-17T23:59:59.999999Z","actor":{"id":"a"},"action":"billing.plan_changed","result":"failed"}"#,
        r#"{"occurred_at":"2026-11-17T23:59:59.999999Z","actor":{"type":"api_key","id":"key_1","name":"CI","email":"Ci@x.y"},
            "action":"member.invited","target":{"type":"user","id":"usr_2","name":"Ada"},"result":"succeeded",
            "failure_reason":"","context":{"ip":"203.0.113.7:443, ::1","user_agent":"curl","request_id":"r-1"},
            "details":{"b":1.0,"a":["é"]}}"#,
    ];
    let event = |tail: usize| {
        let new = request::read(bodies[tail].as_bytes(), None, now).unwrap().remove(0);
        new.into_event("acme".parse::<OrgId>().unwrap(), &IdKey::new([7; 32]), now, tail as u64)
    };
    let place = BatchPlace { first_seq: Seq(3), index: 1 };
    let mut writer = SegmentWriter::begin(&event(0), Seq(7), place).unwrap();
    [0, 1].into_iter().for_each(|tail| writer.push(&event(tail)).unwrap());
    let encoded = writer.finish(true).unwrap();
    assert_eq!(encoded.record.sha256.to_string(), "89604170557e37df8ccaccf4a6e90d70a85aaa68abaa392e2a2ab57c9c378064");
}
