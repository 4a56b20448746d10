use audit_core::{UnixMicros, request};

use parquet::file::metadata::ParquetMetaDataReader;

use super::*;
use crate::open::check_format;
use crate::tail::footer_entry;

/// A segment of one event for each action.
fn segment(actions: usize) -> Encoded {
    let now = UnixMicros(1_795_000_000_000_000);
    let event = |n: usize| {
        let body = format!(
            r#"{{"occurred_at":"2026-11-18T00:00:00.{n:06}Z","actor":{{"id":"a"}},"action":"many.action_{n}","result":"failed"}}"#
        );
        request::read(body.as_bytes(), None, now).unwrap().remove(0).stored(OrgId::parse("acme").unwrap(), now, 0)
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
    // Of its own writer, parquet-java goes on to distrust versions before 1.8.0.
    assert_eq!(application, "audit-logs");
}

#[test]
fn a_file_names_its_format_and_another_one_is_refused_by_name() {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&segment(1).body).unwrap();
    let format = footer_entry(&metadata, keys::FOOTER_FORMAT);
    assert!(check_format(format).is_ok());
    for (entry, named) in [(None, "the format 1,"), (Some("3"), "the format 3,"), (Some(""), "the format ,")] {
        assert!(check_format(entry).unwrap_err().to_string().contains(named), "{entry:?}");
    }
}

#[test]
fn a_segment_lists_64_actions_and_of_65_none() {
    assert_eq!(segment(64).record.actions.map(|actions| actions.len()), Some(64));
    assert_eq!(segment(65).record.actions, None);
}
