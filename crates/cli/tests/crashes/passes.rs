//! Archive passes in addition to the scheduled ones, which archive past days only once a day.

use std::cell::Cell;
use std::time::Duration;

use rand::RngExt as _;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::client::Request;
use crate::run::Run;

/// Maximum time until another pass is requested, in milliseconds.
const PAUSE_MS: u64 = 500;

/// What a client can observe of the passes.
#[derive(Debug, Default)]
pub(crate) struct Passes {
    pub(crate) begun: Notify,
    pub(crate) ended: Notify,
    /// How long the last completed pass took.
    pub(crate) took: Cell<Duration>,
}

/// Requests passes until the run ends.
pub(crate) async fn ask(run: &Run) {
    let mut rng = run.rng(3_000);
    while !run.ends.get() {
        sleep(Duration::from_millis(rng.random_range(0..PAUSE_MS))).await;
        forced(run).await;
    }
}

/// Requests a pass over everything; returns whether it completed.
///
/// # Guarantees
///
/// After any kill, no org's pass stops, and no row is quarantined.
pub(crate) async fn forced(run: &Run) -> bool {
    let request = Request::post("/local/archive".to_owned(), r#"{"force":true}"#.to_owned());
    run.passes.begun.notify_waiters();
    let start = Instant::now();
    let Some(answer) = run.client.once(&request).await else { return false };
    run.passes.took.set(start.elapsed());
    run.passes.ended.notify_waiters();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["failed"], json!([]), "{answer}");
    for report in answer["orgs"].as_array().unwrap() {
        assert_eq!(report["rows_quarantined"], 0, "{answer}");
        run.figures.recovered.add(report["recovered_batches"].as_u64().unwrap());
    }
    true
}
