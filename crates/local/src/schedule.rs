//! The schedule of the archive pass, which EventBridge Scheduler runs on AWS.

use std::time::Duration;

use audit_compact::Compactor;
use audit_compact::orgs::Round;
use audit_core::error::chain;
use audit_http::metrics::{self, Metric};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::stop::Stop;

/// Starts a pass over all orgs every `period`, until the stop. A pass may be cut at any moment: the next one resumes.
/// Returns how many passes panicked.
///
/// An org that needs more time than `period` continues in the next pass, after the other orgs.
pub fn start(compactor: Compactor, period: Duration, stop: Stop) -> JoinHandle<u64> {
    let pass = move || {
        let compactor = compactor.clone();
        async move {
            let round = Round { force: false, stop_at: None, turns_until: Some(Instant::now() + period) };
            if let Err(error) = compactor.round(round).await {
                tracing::error!(error = chain(&error), "the orgs could not be listed; the next pass tries again");
            }
        }
    };
    tokio::spawn(async move { repeat(period, &stop, pass).await })
}

/// Runs `work` after every `period` until the stop, which cuts a running one; returns how many runs panicked.
///
/// # Guarantees
/// A panic ends only its own run. It is counted as a failed pass, and the next run starts as scheduled.
async fn repeat<F>(period: Duration, stop: &Stop, work: impl Fn() -> F) -> u64
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut panics = 0;
    let runs = async {
        loop {
            tokio::time::sleep(period).await;
            // A task of its own contains a panic; dropping the set ends it.
            let mut run = JoinSet::new();
            run.spawn(work());
            if run.join_next().await.is_some_and(|ended| ended.is_err()) {
                panics += 1;
                tracing::error!(panics, "a scheduled pass panicked; the next one starts as scheduled");
                metrics::count(Metric::PassesFailed, 1);
            }
        }
    };
    tokio::select! {
        () = runs => {}
        _ = stop.requested() => {}
    }
    panics
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[tokio::test]
    async fn runs_that_panic_are_counted_and_do_not_end_the_ones_after_them() {
        let (runs, stop) = (Arc::new(AtomicU64::new(0)), Stop::default());
        let work = || {
            let (runs, stop) = (Arc::clone(&runs), stop.clone());
            async move {
                let run = runs.fetch_add(1, Ordering::SeqCst);
                assert!(run % 2 == 1, "on purpose");
                if run == 5 {
                    stop.request();
                    std::future::pending::<()>().await;
                }
            }
        };
        let panics = repeat(Duration::from_millis(1), &stop, work).await;
        assert_eq!((runs.load(Ordering::SeqCst), panics), (6, 3));
    }
}
