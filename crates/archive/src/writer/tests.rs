use audit_core::request;
use audit_core::time::UnixMicros;

use super::*;

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

#[test]
fn a_segment_lists_64_actions_and_of_65_none() {
    assert_eq!(segment(64).record.actions.map(|actions| actions.len()), Some(64));
    assert_eq!(segment(65).record.actions, None);
}
