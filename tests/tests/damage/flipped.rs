//! One bit of a segment flips on its disk: every reader of the segment gets the right result or an error.

use std::path::PathBuf;

use audit_compact::Compactor;
use audit_segments::tail_of;
use audit_tests::api::Api;
use audit_tests::seed::seed;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};
use axum::http::StatusCode;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

use crate::{fresh, fresh_archive, replace};

/// Events of a segment that is read whole, and of one that is read by ranges.
const FEW: usize = 60;
const MANY: usize = 5_000;
/// Above this size a segment is read by ranges.
const WHOLE_BYTES: usize = 512 * 1024;
/// Flipped bits, of each segment.
const FLIPS: usize = 60;
/// How many of these a pass meets as well.
const PASSES: usize = 8;
/// Events that are sent again before such a pass.
const AGAIN: usize = 40;

/// An archived day of one org.
struct Archived {
    stack: TestStack,
    events: Vec<String>,
    file: PathBuf,
    whole: Vec<u8>,
    /// Requests with their responses.
    known: Vec<(String, String)>,
}

impl Archived {
    /// Archives `count` events whose details do not compress.
    async fn day(count: usize, rng: &mut Xoshiro256PlusPlus) -> Self {
        let stack = TestStack::start().await;
        let api = Api::of(&stack);
        api.provision("acme").await;
        let events: Vec<_> = (0..count).map(|n| event(n, rng)).collect();
        let ids: Vec<_> = api.record("acme", &events).await.into_iter().map(|(id, _)| id).collect();
        api.archive().await;
        let day = stack.archive_folder().join("month=2026-11").join("org_id=acme");
        let file = std::fs::read_dir(day).unwrap().next().unwrap().unwrap().path();
        let whole = std::fs::read(&file).unwrap();
        let known = known(&api, &ids).await;
        Self { stack, events, file, whole, known }
    }

    /// Sends every request to a fresh instance; returns how many were refused.
    async fn refused(&self, what: &str) -> usize {
        let api = fresh(&self.stack);
        let mut refused = 0;
        for (path, text) in &self.known {
            let answer = api.get(path).await;
            if answer.status == StatusCode::OK {
                assert!(answer.text == *text, "{what}: another response to {path}");
            } else {
                assert_eq!(answer.problem(), "segment-unreadable", "{what}, {path}: {}", answer.text);
                refused += 1;
            }
        }
        refused
    }

    /// Some events are sent again; a pass deletes them or leaves them, and archives none of them twice. Once the file
    /// is put back, another one deletes the rest.
    async fn pass(&self, what: &str, rng: &mut Xoshiro256PlusPlus) {
        let again: Vec<_> = (0..AGAIN).map(|_| self.events[rng.random_range(..self.events.len())].clone()).collect();
        Api::of(&self.stack).record("acme", &again).await;
        let aside = self.archived_again(what).await;
        assert_eq!(self.stack.tables().events.waiting(&org("acme"), 1_000).await.unwrap(), aside, "{what}");
        replace(&self.file, &self.whole);
        assert_eq!(self.archived_again("put back").await, 0);
    }

    /// Runs a pass as a fresh instance; returns how many rows it quarantined.
    async fn archived_again(&self, what: &str) -> u64 {
        let tables = self.stack.tables().clone();
        let worker = Compactor::new(tables, fresh_archive(&self.stack), self.stack.clock.clone(), None);
        let report = worker.pass(&org("acme"), true, None).await.unwrap();
        assert_eq!(report.rows, 0, "{what}: {report:?}");
        report.rows_quarantined
    }
}

fn event(n: usize, rng: &mut Xoshiro256PlusPlus) -> String {
    let noise: String = (0..16).map(|_| format!("{:016x}", rng.next_u64())).collect();
    let (second, actor) = (n / 1_000, n % 40);
    format!(
        r#"{{"occurred_at":"2026-11-21T10:00:{second:02}.{:03}Z","actor":{{"id":"usr_{actor}"}},"action":"member.invited","target":{{"id":"usr_{}"}},"result":"succeeded","details":{{"noise":"{noise}"}},"idempotency_key":"{n}"}}"#,
        n % 1_000,
        n % 11,
    )
}

/// Every page of some searches, and some events, with what the undamaged archive returns.
async fn known(api: &Api, ids: &[String]) -> Vec<(String, String)> {
    let mut known = Vec::new();
    for (query, limit) in
        [("", 1_000), ("order=oldest&actor=usr_7", 50), ("target=usr_3", 200), ("category=team&actor=usr_9", 10)]
    {
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/orgs/acme/events?limit={limit}{cursor}&{query}");
            let answer = api.get(&path).await;
            let next = answer.json()["next_cursor"].as_str().map(str::to_owned);
            known.push((path, answer.text));
            let Some(next) = next else { break };
            cursor = format!("&cursor={next}");
        }
    }
    for id in ids.iter().step_by(ids.len() / 4) {
        let path = format!("/v1/orgs/acme/events/{id}");
        known.push((path.clone(), api.get(&path).await.text));
    }
    known
}

async fn no_flipped_bit_gives_a_wrong_answer(count: usize) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed());
    let day = Archived::day(count, &mut rng).await;
    assert_eq!(day.whole.len() > WHOLE_BYTES, count == MANY, "{} bytes", day.whole.len());
    let tail = tail_of(&day.whole.clone().into()).unwrap().bytes as usize;
    let pages = day.whole.len() - tail;
    let edges = [0, 64 * 1024 - 1, 64 * 1024, pages - 1, pages, day.whole.len() - 1];
    let edges = edges.into_iter().filter(|at| *at < day.whole.len());
    let random: Vec<_> = (0..FLIPS).map(|_| rng.random_range(..day.whole.len())).collect();
    let mut noticed = 0;
    for (nth, at) in edges.chain(random).enumerate() {
        let mut flipped = day.whole.clone();
        let bit = rng.random_range(..8_u32);
        flipped[at] ^= 1 << bit;
        let what = format!("bit {bit} of byte {at} of {}", day.whole.len());
        replace(&day.file, &flipped);
        let refused = day.refused(&what).await;
        assert!(at < pages || refused == day.known.len(), "{what}: every reader reads the tail");
        noticed += usize::from(refused > 0);
        if nth < PASSES {
            day.pass(&what, &mut rng).await;
        }
    }
    audit_tests::figures::tell(format_args!(
        "{} bytes, {} bits flipped, {noticed} noticed by a reader",
        day.whole.len(),
        FLIPS + 6
    ));
    assert!(noticed > FLIPS / 2, "{noticed}");
    replace(&day.file, &day.whole);
    assert_eq!(day.refused("put back").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_flipped_bit_of_a_segment_read_by_ranges_gives_a_wrong_answer() {
    no_flipped_bit_gives_a_wrong_answer(MANY).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_flipped_bit_of_a_segment_read_whole_gives_a_wrong_answer() {
    no_flipped_bit_gives_a_wrong_answer(FEW).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_end_another_segments_end_and_misplaced_blocks_are_noticed() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed());
    for count in [FEW, MANY] {
        let day = Archived::day(count, &mut rng).await;
        let other = Archived::day(count, &mut rng).await;
        let tail = tail_of(&other.whole.clone().into()).unwrap().bytes as usize;
        let ends = [1, 8, tail - 1, tail, tail + 1, day.whole.len() - 1];
        let mut damages: Vec<_> =
            ends.iter().map(|cut| (format!("{cut} bytes cut"), day.whole[..day.whole.len() - cut].to_vec())).collect();
        let (pages, others) = (&day.whole[..day.whole.len() - tail], &other.whole[other.whole.len() - tail..]);
        damages.push(("another segment's end".to_owned(), [pages, others].concat()));
        damages.push(("another segment".to_owned(), other.whole.clone()));
        for (what, bytes) in damages {
            replace(&day.file, &bytes);
            assert_eq!(day.refused(&what).await, day.known.len(), "{what}");
            day.pass(&what, &mut rng).await;
        }
        if count == MANY {
            let mut misplaced = day.whole.clone();
            misplaced.copy_within(128 * 1024..192 * 1024, 64 * 1024);
            replace(&day.file, &misplaced);
            assert!(day.refused("a block in another's place").await > 0);
        }
        replace(&day.file, &day.whole);
        assert_eq!(Search::new("acme", "").walk(&fresh(&day.stack), 1_000).await.len(), count);
    }
}
