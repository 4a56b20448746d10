//! A gate that lets so many requests through and holds the next one, so that a test can pause a worker anywhere.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

/// Requests that may pass.
#[derive(Debug)]
pub(super) struct Pace {
    permits: Semaphore,
    held: AtomicUsize,
    in_flight: AtomicUsize,
}

impl Pace {
    /// A gate that stands open.
    pub(super) fn open() -> Self {
        Self {
            permits: Semaphore::new(Semaphore::MAX_PERMITS),
            held: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
        }
    }

    /// From now on so many requests pass.
    pub(super) fn allow(&self, requests: usize) {
        self.permits.forget_permits(Semaphore::MAX_PERMITS);
        self.permits.add_permits(requests.min(Semaphore::MAX_PERMITS));
    }

    /// Waits until the gate lets this request through.
    pub(super) async fn pass(&self) {
        self.held.fetch_add(1, Ordering::SeqCst);
        if let Ok(permit) = self.permits.acquire().await {
            permit.forget();
        }
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        self.held.fetch_sub(1, Ordering::SeqCst);
    }

    /// A request that passed has its answer.
    pub(super) fn answered(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
    }

    /// Waits until a request is held and none is on its way, or `ended` says that none will come.
    pub(super) async fn until_held(&self, ended: impl Fn() -> bool) {
        let is_held = || {
            let (held, in_flight) = (self.held.load(Ordering::SeqCst), self.in_flight.load(Ordering::SeqCst));
            held > 0 && in_flight == 0 && self.permits.available_permits() == 0
        };
        while !ended() && !is_held() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
}
