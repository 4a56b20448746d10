//! An archive of three days and two orgs, of which one file is damaged: what the responses may be then.

use std::path::{Path, PathBuf};

use audit_local::clients;
use audit_local::stack::ARCHIVE_BUCKET;
use audit_tests::api::{Answer, Api};
use audit_tests::{TestStack, org};
use aws_sdk_s3::primitives::ByteStream;
use axum::http::StatusCode;

/// Searches that reach the damaged day, and one event of it.
const REACHING: &[&str] = &[
    "",
    "order=oldest",
    "actor=usr_3",
    "action=b.c&order=oldest",
    "from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00Z",
];
/// Searches that do not.
const ELSEWHERE: &[&str] = &[
    "/v1/orgs/acme/events?from=2026-11-22T00:00:00Z",
    "/v1/orgs/acme/events?to=2026-11-21T00:00:00Z&order=oldest",
    "/v1/orgs/other/events?limit=1000",
];

/// The archive, and its responses while it is undamaged.
pub(crate) struct Archived {
    stack: TestStack,
    file: PathBuf,
    /// The undamaged file.
    pub(crate) whole: Vec<u8>,
    letters: usize,
    reaching: Vec<(String, String)>,
    elsewhere: Vec<(String, String)>,
}

/// Returns the same event for the same day and number; its details have this many letters without a pattern.
fn event(day: u32, n: usize, letters: usize) -> String {
    let details: String = (0..letters).map(|at| letter(n * letters + at)).collect();
    let action = ["a.b", "b.c", "c.d"][n % 3];
    format!(
        r#"{{"occurred_at":"2026-11-{day:02}T10:00:00.{n:06}Z","actor":{{"id":"usr_{}","name":"Ada {n}"}},"action":"{action}","target":{{"id":"t_{n}"}},"result":"succeeded","details":{{"text":"{details}"}},"idempotency_key":"{n}"}}"#,
        n % 7
    )
}

/// The file of a segment of `acme`, by its place.
async fn file_of(stack: &TestStack, place: usize) -> PathBuf {
    let segments = stack.tables().ledger.whole(&org("acme")).await.unwrap().segments;
    stack.folder().join("s3/audit-archive").join(&segments[place].key)
}

impl Archived {
    /// Archives this many events a day, each with details of this many letters, which compression does not shorten
    /// much.
    pub(crate) async fn start(events_a_day: usize, letters: usize) -> Self {
        let stack = TestStack::start().await;
        let api = Api::of(&stack);
        for org in ["acme", "other"] {
            api.provision(org).await;
        }
        // A segment a day.
        for day in 20..23 {
            let events: Vec<_> = (0..events_a_day).map(|n| event(day, n, letters)).collect();
            for org in ["acme", "other"] {
                api.record(org, &events).await;
            }
            api.archive().await;
        }
        let file = file_of(&stack, 1).await;
        let whole = std::fs::read(&file).unwrap();
        let mut paths: Vec<_> =
            REACHING.iter().map(|query| format!("/v1/orgs/acme/events?limit=1000&{query}")).collect();
        let day = api.get(&format!("/v1/orgs/acme/events?limit=1000&{}", REACHING[4])).await.json();
        paths.push(format!("/v1/orgs/acme/events/{}", day["events"][3]["id"].as_str().unwrap()));
        let mut archived = Self { stack, file, whole, letters, reaching: Vec::new(), elsewhere: Vec::new() };
        archived.reaching = archived.answers(paths).await;
        archived.elsewhere = archived.answers(ELSEWHERE.iter().map(|path| (*path).to_owned()).collect()).await;
        archived
    }

    async fn answers(&self, paths: Vec<String>) -> Vec<(String, String)> {
        let api = Api::of_another_instance(&self.stack);
        let mut answers = Vec::new();
        for path in paths {
            let answer = api.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            answers.push((path, answer.text));
        }
        answers
    }

    /// Puts other bytes in the place of the file, as a failing disk would: the store's own checksum does not fit them.
    pub(crate) fn damage(&self, bytes: &[u8]) {
        std::fs::remove_file(&self.file).unwrap();
        std::fs::write(&self.file, bytes).unwrap();
    }

    /// Puts another object in the place of the file, as a principal with rights to the bucket could: the store vouches
    /// for it.
    pub(crate) async fn replace(&self, bytes: &[u8]) {
        let key = key_of(&self.stack, &self.file);
        let s3 = clients::s3(&self.stack.s3_endpoint());
        s3.put_object().bucket(ARCHIVE_BUCKET).key(key).body(ByteStream::from(bytes.to_vec())).send().await.unwrap();
    }

    /// The file of the day before, which is of the same org.
    pub(crate) async fn file_of_another_day(&self) -> Vec<u8> {
        std::fs::read(file_of(&self.stack, 0).await).unwrap()
    }

    /// Sends every request; each response is the right one, or reports that a part of the archive cannot be read.
    /// Returns how many reported that.
    ///
    /// # Guarantees
    ///
    /// Requests for other days and other orgs get the same responses as before.
    pub(crate) async fn count_refusals(&self, about: &str) -> usize {
        let api = Api::of_another_instance(&self.stack);
        let mut refused = 0;
        for (path, right) in &self.reaching {
            let answer = api.get(path).await;
            if answer.status == StatusCode::OK {
                assert!(
                    answer.text == *right,
                    "{about}: {path} returns something else: {}",
                    first_difference(&answer, right)
                );
            } else {
                assert_eq!(
                    (answer.status.as_u16(), answer.problem().as_str()),
                    (503, "segment-unreadable"),
                    "{about}: {path}: {}",
                    answer.text
                );
                refused += 1;
            }
        }
        for (path, right) in &self.elsewhere {
            assert!(api.get(path).await.text == *right, "{about}: {path} does not respond as before");
        }
        refused
    }

    /// Runs a pass over both orgs while rows of the damaged day wait; returns the report of each.
    pub(crate) async fn archive_repeats(&self) -> Vec<serde_json::Value> {
        let api = Api::of(&self.stack);
        for org in ["acme", "other"] {
            api.record(org, &[event(21, 3, self.letters), event(23, 0, self.letters)]).await;
        }
        let archive = audit_segments::SegmentStore::new(
            clients::s3(&self.stack.s3_endpoint()),
            audit_local::stack::buckets(),
            audit_compact::CACHE_BYTES,
        );
        let compactor =
            audit_compact::Compactor::new(self.stack.tables().clone(), archive, self.stack.clock.clone(), None);
        let outcomes = compactor.pass_all(true, None).await.unwrap();
        outcomes.into_iter().map(|outcome| serde_json::to_value(outcome.result.unwrap()).unwrap()).collect()
    }
}

fn key_of(stack: &TestStack, file: &Path) -> String {
    format!("events/{}", file.strip_prefix(stack.archive_folder()).unwrap().display())
}

/// Letters without a pattern, always the same.
fn letter(at: usize) -> char {
    let mixed = (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    char::from(b'a' + ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 59) as u8 % 26)
}

fn first_difference(answer: &Answer, right: &str) -> String {
    let at = answer.text.bytes().zip(right.bytes()).take_while(|(a, b)| a == b).count();
    answer.text.chars().skip(at.saturating_sub(40)).take(120).collect()
}
