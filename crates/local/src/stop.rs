//! The stop of the process, shared by everything that runs in it, with two deadlines: for requests and for all.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The time from the request to stop until the process ends, even if a client never ends its request.
pub const GRACE: Duration = Duration::from_secs(10);

/// The last part of [`GRACE`], in which no request runs and the stores are closed.
const CLOSING: Duration = Duration::from_secs(2);

/// A stop that can be requested; all clones share it.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    begun: watch::Sender<Option<Instant>>,
}

impl Stop {
    /// Requests the stop. The grace begins with the first request; later ones do not extend it.
    pub fn request(&self) {
        self.request_since(Instant::now());
    }

    /// Requests the stop as a part of one that began at `begun`, and shares its grace.
    pub fn request_since(&self, begun: Instant) {
        self.begun.send_if_modified(|known| {
            let is_first = known.is_none();
            known.get_or_insert(begun);
            is_first
        });
    }

    /// Waits for the request, and returns when it was made.
    pub async fn requested(&self) -> Instant {
        let mut begun = self.begun.subscribe();
        // The channel cannot close: `self` is its sender.
        let known = begun.wait_for(Option::is_some).await.map(|known| *known);
        match known {
            Ok(Some(begun)) => begun,
            _ => pending().await,
        }
    }

    /// Waits for the deadline of requests.
    pub async fn requests_over(&self) {
        sleep_until(self.requested().await + (GRACE - CLOSING)).await;
    }

    /// Waits for the deadline of everything.
    pub async fn over(&self) {
        sleep_until(self.requested().await + GRACE).await;
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn began(ago: Duration) -> Instant {
        Instant::now().checked_sub(ago).unwrap()
    }

    #[tokio::test]
    async fn a_part_of_a_stop_shares_the_grace_of_the_whole() {
        let stop = Stop::default();
        assert!(stop.requested().now_or_never().is_none() && stop.over().now_or_never().is_none());
        let begun = began(GRACE - CLOSING);
        stop.request_since(begun);
        stop.clone().request();
        assert_eq!(stop.requested().await, begun, "a later request extends nothing");
        stop.requests_over().await;
        assert!(stop.over().now_or_never().is_none());

        let part = Stop::default();
        part.request_since(began(GRACE));
        part.over().await;
    }
}
