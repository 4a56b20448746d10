//! A gate that lets so many requests through and holds the next one, so that a test can pause a worker anywhere.

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
    /// How many have passed and have no answer yet.
    in_flight: usize,
}

impl Pace {
    /// A gate that stands open.
    pub(super) fn open() -> Self {
        let counts = Counts { left: usize::MAX, held: 0, in_flight: 0 };
        Self { counts: Mutex::new(counts), allowed: Notify::new() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on so many requests pass.
    pub(super) fn allow(&self, requests: usize) {
        self.counts().left = requests;
        self.allowed.notify_waiters();
    }

    /// Waits until the gate lets this request through; it counts as on its way as long as what is given lives.
    pub(super) async fn pass(&self) -> OnItsWay<'_> {
        let _held = Held::new(self);
        loop {
            let mut allowed = std::pin::pin!(self.allowed.notified());
            // Before the look at the counts, so that no permission between both is missed.
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

    /// How many requests are held.
    pub(super) fn held(&self) -> usize {
        self.counts().held
    }

    /// Waits until a request is held and none is on its way, or `ended` says that none will come.
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

/// A request that passed the gate and has no answer yet.
pub(super) struct OnItsWay<'a>(&'a Pace);

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.counts().in_flight -= 1;
    }
}
