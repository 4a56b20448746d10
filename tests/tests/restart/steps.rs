//! The steps of a pass by hand, so that a test can stop behind any of them.

use audit_core::{BatchRecord, Event, EventId, Order, SegmentRecord, Seq, Span};
use audit_segments::{BatchPlace, SegmentWriter};
use audit_tables::{HotRow, HotScan, Pace, Tables, Written};
use audit_tests::TestStack;

use crate::held::acme;

/// Behind what a pass stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stop {
    Staged,
    Committed,
    PartlyCopied,
    Copied,
    Published,
    PartlyDeleted,
    Deleted,
}

pub(crate) const STOPS: [Stop; 7] = [
    Stop::Staged,
    Stop::Committed,
    Stop::PartlyCopied,
    Stop::Copied,
    Stop::Published,
    Stop::PartlyDeleted,
    Stop::Deleted,
];

/// Takes all hot rows through the steps of a pass, up to and including `stop`.
pub(crate) async fn pass_until(stack: &TestStack, stop: Stop) {
    let (tables, archive) = (stack.tables(), stack.archive());
    let head = tables.head(&acme()).await.unwrap();
    let rows = hot_rows(tables).await;
    let segments = staged(stack, head.next_seq, &rows).await;
    if stop == Stop::Staged {
        return;
    }
    let batch = BatchRecord::of(head.next_seq, &segments);
    assert_eq!(tables.commit(&acme(), &head, &batch, &segments).await.unwrap(), Written::Applied);
    if stop == Stop::Committed {
        return;
    }
    let copied = if stop == Stop::PartlyCopied { segments.len() / 2 } else { segments.len() };
    for segment in &segments[..copied] {
        archive.publish(segment).await.unwrap();
    }
    if stop <= Stop::Copied {
        return;
    }
    let head = tables.head(&acme()).await.unwrap();
    assert_eq!(tables.replace_head(&acme(), &head, &head.publishing()).await.unwrap(), Written::Applied);
    let ids: Vec<EventId> = rows.iter().map(|row| row.id).collect();
    let gone = match stop {
        Stop::Published => 0,
        Stop::PartlyDeleted => ids.len() / 3,
        _ => ids.len(),
    };
    tables.delete_events(&acme(), &ids[..gone], &Pace::new(None)).await.unwrap();
}

/// All hot rows, oldest first.
pub(crate) async fn hot_rows(tables: &Tables) -> Vec<Event> {
    let scan = HotScan { org_id: acme(), span: Span::ALL, order: Order::Oldest };
    let mut rows = Vec::new();
    for shard in audit_tables::keys::shards() {
        let page = tables.hot_page(&scan, shard, None, None).await.unwrap();
        assert!(page.next.is_none(), "the rows of these tests fit one page a shard");
        rows.extend(page.rows.into_iter().map(|row| match row {
            HotRow::Event(event) => *event,
            HotRow::Unreadable { error, .. } => panic!("{error}"),
        }));
    }
    rows.sort_by_key(|row| row.id);
    rows
}

/// Stages one segment a day.
pub(crate) async fn staged(stack: &TestStack, first_seq: Seq, rows: &[Event]) -> Vec<SegmentRecord> {
    let days: Vec<_> = rows.chunk_by(|a, b| a.occurred_at.day() == b.occurred_at.day()).collect();
    let (mut segments, mut next) = (Vec::new(), first_seq);
    for (index, day) in days.iter().enumerate() {
        let mut writer = SegmentWriter::begin(&day[0], next, BatchPlace { first_seq, index }).unwrap();
        day.iter().for_each(|row| writer.push(row).unwrap());
        let encoded = writer.finish(index + 1 == days.len()).unwrap();
        segments.push(stack.archive().stage("stopped", index, encoded).await.unwrap());
        next = next.plus(day.len() as u64);
    }
    segments
}
