//! Work that repeats in the background, and outlives its own panics.

use std::time::Duration;

use audit_runtime::metrics::{self, Metric};
use tokio::task::JoinSet;

use crate::stop::Stop;

/// Runs `work` after every `period` until the stop, which ends a run wherever it is; returns how many runs panicked.
///
/// # Guarantees
/// A run that panics ends that run only. It is counted as a failed pass, and the next run comes at its time.
pub(crate) async fn repeat<F>(period: Duration, stop: &Stop, work: impl Fn() -> F) -> u64
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut panics = 0;
    let ends = async {
        loop {
            tokio::time::sleep(period).await;
            // A task of its own contains a panic; dropping the set ends it.
            let mut run = JoinSet::new();
            run.spawn(work());
            if run.join_next().await.is_some_and(|ended| ended.is_err()) {
                panics += 1;
                tracing::error!(panics, "a background task panicked; it runs again");
                metrics::count(Metric::PassesFailed, 1);
            }
        }
    };
    tokio::select! {
        () = ends => {}
        _ = stop.requested() => {}
    }
    panics
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const PERIOD: Duration = Duration::from_millis(1);

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
        let panics = repeat(PERIOD, &stop, work).await;
        assert_eq!((runs.load(Ordering::SeqCst), panics), (6, 3));
    }
}
