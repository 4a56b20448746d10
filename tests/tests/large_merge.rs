//! A merge whose rows do not fit one segment: its ranges are divided, and its memory stays bounded.

use audit_compact::protocol::StagedBatch;
use audit_core::{CompactRange, Event, EventId, Seed, UnixMicros, flat, limits::SEGMENT_RAW_BYTES};
use audit_segments::{BatchPlace, SegmentWriter};
use audit_tables::Written;
use audit_tests::acme::{ORG, acme, start};
use audit_tests::api::Api;
use audit_tests::figures::tell;
use audit_tests::memory::peak_bytes;
use audit_tests::merges::{A_DAY, pass_until_merged};
use audit_tests::outside::look;
use audit_tests::walk::Search;
use audit_tests::{START, TestStack, instant};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// Batches of one segment each, and the rows of each.
const BATCHES: u64 = 4;
const ROWS: u64 = 150;
/// Bytes of the details of a row. All rows together are larger than a segment may be.
const DETAILS: usize = 240_000;
/// The memory of the function on AWS.
const MEMORY: u64 = 512 * 1024 * 1024;

/// The row `number` of a batch. The ids of the batches are interleaved.
fn event(batch: u64, number: u64) -> Event {
    let at = UnixMicros::new(instant("2026-01-05T10:00:00Z").micros() + (1_000 * number + batch) as i64);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1_000 * batch + number);
    let letters: String = (0..DETAILS).map(|_| char::from(b'a' + random.random_range(0..16))).collect();
    let mut texts = [const { None }; flat::NAMES.len()];
    let details = format!(r#"{{"letters":"{letters}"}}"#);
    for (name, text) in [
        ("actor_type", "user"),
        ("actor_id", "usr_1"),
        ("action", "a.b"),
        ("category", "other"),
        ("result", "succeeded"),
        ("details", details.as_str()),
    ] {
        texts[flat::NAMES.iter().position(|column| *column == name).unwrap()] = Some(text.to_owned());
    }
    Event::from_texts(EventId::first_at(at), acme(), at, texts).unwrap()
}

/// Archives a batch without hot rows.
async fn archive(stack: &TestStack, batch: u64) {
    let (worker, archive) = (stack.compactor(), stack.archive());
    let head = stack.tables().ledger.head(&acme()).await.unwrap();
    let place = BatchPlace { first_seq: head.next_seq, index: 0 };
    let seed = Seed([batch as u8; 32]);
    let mut file = SegmentWriter::begin(&event(batch, 0), head.next_seq, place, seed).unwrap();
    (0..ROWS).for_each(|number| file.push(&event(batch, number)).unwrap());
    let encoded = file.finish_blocking(true).await.unwrap();
    let leaves: CompactRange = encoded.leaves[0].clone();
    let segments = vec![archive.stage(&format!("batch-{batch}"), 0, instant(START), encoded).await.unwrap()];
    let staged = StagedBatch { segments, leaves, repeated_rows: 0, rows_quarantined: 0, reached_end: true };
    assert_eq!(worker.commit(&acme(), &head, &staged).await.unwrap().1, Written::Applied);
    worker.pass(&acme(), true, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_do_not_fit_one_segment_are_divided_with_their_ranges_in_bounded_memory() {
    let (stack, api) = start().await;
    assert!(BATCHES * ROWS * DETAILS as u64 > SEGMENT_RAW_BYTES);
    for batch in 0..BATCHES {
        archive(&stack, batch).await;
    }
    let count = async |api: &Api| {
        let mut ids = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = Search::new(ORG, "order=oldest").page(api, 1_000, cursor.as_deref()).await;
            ids.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].to_string()));
            let Some(next) = page["next_cursor"].as_str() else { return ids };
            cursor = Some(next.to_owned());
        }
    };
    let before = count(&api).await;
    assert_eq!(before.len() as u64, BATCHES * ROWS);
    let tree = stack.tables().ledger.head(&acme()).await.unwrap().frontier;
    stack.clock.advance(A_DAY);
    let peak_before = peak_bytes();
    let reports = pass_until_merged(&stack, &acme()).await;
    let peak = peak_bytes();
    tell(format_args!("peak memory of a merge of {BATCHES} segments: {peak} bytes, {peak_before} before it"));
    assert!(peak < MEMORY, "{peak} bytes");
    assert_eq!(reports.iter().map(|report| report.merges).sum::<u64>(), 1);
    let segments = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
    assert_eq!(segments.iter().map(|segment| (segment.merge, segment.ranges)).collect::<Vec<_>>(), [(1, 4), (1, 4)]);
    assert!(segments.iter().all(|segment| segment.runs.len() == 4));
    assert_eq!(stack.archive().published_keys(&acme()).await.unwrap().len(), 2);
    assert_eq!(count(&Api::of_another_instance(&stack)).await, before);
    // Every range, and the tree, from the files alone.
    look(&stack, &acme()).await;
    assert_eq!(stack.tables().ledger.head(&acme()).await.unwrap().frontier, tree);
}
