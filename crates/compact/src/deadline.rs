//! The moment at which a pass stops.

use tokio::time::{Instant, timeout_at};

/// Whether the moment at which a pass stops has passed.
pub(crate) fn is_past(stop_at: Option<Instant>) -> bool {
    stop_at.is_some_and(|stop_at| Instant::now() >= stop_at)
}

/// Does `work` until `stop_at`; returns `None` if the time was up before the work ended, or before it began.
///
/// The work is dropped where it is. So it must be work that may be killed at any moment: its requests may still be
/// applied, and the next pass continues it from what is stored.
pub(crate) async fn until<T>(stop_at: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match stop_at {
        None => Some(work.await),
        Some(_) if is_past(stop_at) => None,
        Some(stop_at) => timeout_at(stop_at, work).await.ok(),
    }
}
