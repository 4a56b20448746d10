//! `tail` shows every event that arrives while it runs, once, however old it is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

use crate::audit;
use crate::stub::{DAY, MINUTE, SECOND, State, Stub, now};

/// A running `audit tail`; it is killed when it is dropped.
struct Tail {
    child: Child,
    notes: Receiver<String>,
    /// How often each id was shown.
    shown: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Tail {
    /// Starts to follow, and waits until it does.
    fn start(mut command: Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.args(["--every", "100ms", "--last", "0"]).spawn().unwrap();
        let shown = Arc::default();
        let (out, record) = (child.stdout.take().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || record_ids(out, &record));
        let (errors, (told, notes)) = (child.stderr.take().unwrap(), channel());
        std::thread::spawn(move || pass_on(errors, &told));
        let tail = Self { child, notes, shown };
        let first = tail.note();
        assert!(first.starts_with("audit tail: following acme"), "{first}");
        tail
    }

    /// The next line of its standard error.
    fn note(&self) -> String {
        self.notes.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    /// Waits until `count` ids are shown, and a little longer for any that should not be.
    fn ids(&self, count: usize) -> BTreeMap<String, u32> {
        let start = Instant::now();
        while self.shown.lock().unwrap().len() < count && start.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(500));
        self.shown.lock().unwrap().clone()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn record_ids(out: ChildStdout, record: &Mutex<BTreeMap<String, u32>>) {
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        let id = line.split('"').nth(3).unwrap().to_owned();
        *record.lock().unwrap().entry(id).or_default() += 1;
    }
}

fn pass_on(errors: ChildStderr, notes: &Sender<String>) {
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        // The test may have ended.
        _ = notes.send(line);
    }
}

/// A time of a new event: now, in this hour, yesterday, weeks or years ago, or ahead of the clock.
fn age(random: &mut Xoshiro256PlusPlus) -> i64 {
    let longest = [SECOND, 40 * MINUTE, 2 * DAY, 60 * DAY, 1_000 * DAY];
    match random.random_range(0..6) {
        5 => -4 * MINUTE,
        kind => random.random_range(0..longest[kind]),
    }
}

/// Follows a stub where events of any age arrive before every request, and where some requests fail; returns after
/// `count` of them. What `actors` lists is what is followed.
async fn follow_arrivals(actors: &[&str], count: usize) {
    let seed = rand::random();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let stub = Stub::start().await;
    for number in 0..200 {
        // Old events in old bars, and some that were received shortly before the start.
        let received = if number % 20 == 0 { now() - 30 * SECOND } else { now() - 3 * DAY };
        let occurred = if number % 20 == 0 { received } else { now() - age(&mut random).max(0) };
        stub.state.lock().unwrap().add(["ada", "bob"][number % 2], occurred, received, "");
    }
    let mut command = audit("tail", &stub.url);
    command.args(actors.iter().flat_map(|actor| ["--actor", *actor]));
    let tail = tokio::task::spawn_blocking(|| Tail::start(command)).await.unwrap();
    let arrived = Arc::new(Mutex::new((BTreeSet::new(), 0)));
    let record = Arc::clone(&arrived);
    let followed: Vec<_> = actors.iter().map(ToString::to_string).collect();
    stub.state.lock().unwrap().before = Some(Box::new(move |state: &mut State| {
        let mut arrived = record.lock().unwrap();
        if arrived.1 == count {
            return None;
        }
        for _ in 0..random.random_range(0..4) {
            let actor = ["ada", "bob"][random.random_range(0..2)];
            // Up to 20 s pass between the receipt of an event and the moment when it is readable.
            let received = now() - random.random_range(0..20 * SECOND);
            let id = state.add(actor, now() - age(&mut random), received, "");
            if followed.is_empty() || followed.iter().any(|followed| followed == actor) {
                arrived.0.insert(id);
            }
        }
        arrived.1 += 1;
        (random.random_range(0..150) == 0).then_some(503)
    }));
    let waiting = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        while arrived.lock().unwrap().1 < count && start.elapsed() < Duration::from_secs(180) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let (arrived, requests) = arrived.lock().unwrap().clone();
        assert_eq!(requests, count, "the service is polled too slowly");
        (tail.ids(arrived.len()), arrived)
    });
    let (shown, arrived) = waiting.await.unwrap();
    let missed: Vec<_> = arrived.iter().filter(|id| !shown.contains_key(*id)).collect();
    let repeated: Vec<_> = shown.iter().filter(|(_, times)| **times > 1).collect();
    let old: Vec<_> = shown.keys().filter(|id| !arrived.contains(*id)).collect();
    assert!(arrived.len() > count / 2, "seed {seed}: only {} events arrived", arrived.len());
    assert!(missed.is_empty() && repeated.is_empty() && old.is_empty(), "seed {seed}: {missed:?} {repeated:?} {old:?}");
}

#[tokio::test]
async fn every_event_that_arrives_is_shown_once_however_old_it_is() {
    follow_arrivals(&[], 300).await;
}

#[tokio::test]
async fn with_a_filter_every_match_is_shown_once_and_nothing_else() {
    follow_arrivals(&["ada"], 300).await;
}

#[tokio::test]
async fn an_outage_is_reported_once_and_misses_nothing() {
    let stub = Stub::start().await;
    let command = audit("tail", &stub.url);
    let tail = tokio::task::spawn_blocking(|| Tail::start(command)).await.unwrap();
    let mut refusals = 3;
    stub.state.lock().unwrap().before = Some(Box::new(move |state: &mut State| {
        refusals -= 1;
        if refusals >= 0 {
            state.add("ada", now() - i64::from(refusals) * 40 * DAY, now(), "");
        }
        (refusals >= 0).then_some(503)
    }));
    let ended = tokio::task::spawn_blocking(move || {
        let notes = [tail.note(), tail.note()];
        (notes, tail.ids(3))
    });
    let (notes, shown) = ended.await.unwrap();
    assert_eq!(notes[0], "audit tail: The service is unavailable (HTTP 503): a store did not respond; retrying");
    assert_eq!(notes[1], "audit tail: connected again; the events that arrived in between are shown");
    assert!(shown.len() == 3 && shown.values().all(|times| *times == 1), "{shown:?}");
}

#[tokio::test]
async fn an_event_that_was_readable_too_late_to_be_identified_is_reported() {
    let stub = Stub::start().await;
    let command = audit("tail", &stub.url);
    let tail = tokio::task::spawn_blocking(|| Tail::start(command)).await.unwrap();
    stub.state.lock().unwrap().add("ada", now() - 40 * DAY, now() - 60 * MINUTE, "");
    let note = tokio::task::spawn_blocking(move || tail.note()).await.unwrap();
    assert!(note.contains("audit search --all --from "), "{note}");
}
