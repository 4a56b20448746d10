//! A gate that lets a number of requests through and pauses the next one, so that a test can pause a worker anywhere.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// Requests that may pass.
#[derive(Debug)]
pub(super) struct Pace {
    counts: Mutex<Counts>,
    allowed: Notify,
}

#[derive(Debug)]
struct Counts {
    /// How many more may pass.
    left: usize,
    /// How many wait for that.
    held: usize,
    /// How many have passed and have no response yet.
    in_flight: usize,
}

impl Pace {
    /// An open gate.
    pub(super) fn open() -> Self {
        let counts = Counts { left: usize::MAX, held: 0, in_flight: 0 };
        Self { counts: Mutex::new(counts), allowed: Notify::new() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets this many further requests pass.
    pub(super) fn allow(&self, requests: usize) {
        self.counts().left = requests;
        self.allowed.notify_waiters();
    }

    /// Waits until the gate lets this request through; it counts as in flight as long as the returned value lives.
    pub(super) async fn pass(&self) -> OnItsWay<'_> {
        let _held = Held::new(self);
        loop {
            let mut allowed = std::pin::pin!(self.allowed.notified());
            // Created before the counts are read, so that no permission in between is missed.
            allowed.as_mut().enable();
            if self.takes() {
                return OnItsWay(self);
            }
            allowed.await;
        }
    }

    fn takes(&self) -> bool {
        let mut counts = self.counts();
        let takes = counts.left > 0;
        if takes {
            counts.left -= 1;
            counts.in_flight += 1;
        }
        takes
    }

    /// Returns how many requests are paused.
    pub(super) fn held(&self) -> usize {
        self.counts().held
    }

    /// Waits until a request is paused and none is in flight, or `ended` reports that none will come.
    pub(super) async fn until_held(&self, ended: impl Fn() -> bool) {
        let is_held = || {
            let counts = self.counts();
            counts.left == 0 && counts.held > 0 && counts.in_flight == 0
        };
        while !ended() && !is_held() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
}

/// A request at the gate.
struct Held<'a>(&'a Pace);

impl<'a> Held<'a> {
    fn new(pace: &'a Pace) -> Self {
        pace.counts().held += 1;
        Self(pace)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.counts().held -= 1;
    }
}

/// A request that passed the gate and has no response yet.
pub(super) struct OnItsWay<'a>(&'a Pace);

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.counts().in_flight -= 1;
    }
}
