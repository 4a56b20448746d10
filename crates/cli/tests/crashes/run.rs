//! One run: its choices, its orgs, and what its tasks share.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use audit_core::{Clock as _, UnixMicros};
use audit_runtime::SystemClock;
use rand::SeedableRng as _;
use rand::rngs::Xoshiro256PlusPlus;
use tokio::time::Instant;

use crate::client::{Client, Request};
use crate::figures::Figures;
use crate::known::Known;
use crate::passes::Passes;

/// The default length of a run, in seconds.
const SECONDS: u64 = 10;

/// What the tasks of a run share.
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) length: Duration,
    pub(crate) start: Instant,
    /// The instant before which all events happened.
    pub(crate) now: UnixMicros,
    pub(crate) client: Client,
    pub(crate) orgs: [Org; 2],
    pub(crate) passes: Passes,
    pub(crate) figures: Figures,
    /// Whether all tasks should end.
    pub(crate) ends: Cell<bool>,
}

/// An org, and what the clients know about it.
pub(crate) struct Org {
    pub(crate) id: &'static str,
    pub(crate) known: RefCell<Known>,
}

impl Run {
    pub(crate) fn new(client: Client) -> Self {
        let org = |id| Org { id, known: RefCell::default() };
        Self {
            seed: setting("AUDIT_TEST_SEED").unwrap_or_else(rand::random),
            length: Duration::from_secs(setting("AUDIT_CRASH_SECONDS").unwrap_or(SECONDS)),
            start: Instant::now(),
            now: SystemClock.now(),
            client,
            orgs: [org("acme"), org("zenith")],
            passes: Passes::default(),
            figures: Figures::default(),
            ends: Cell::new(false),
        }
    }

    /// The choices of one part of the run.
    pub(crate) fn rng(&self, part: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed.wrapping_add(part))
    }
}

impl Org {
    /// Registers the org with the service.
    pub(crate) async fn provision(&self, run: &Run) {
        let told = Request::put(format!("/v1/orgs/{}", self.id), r#"{"name":"Test","plan":"enterprise"}"#);
        run.client.until_answered(&told).await;
    }

    /// The path of its events.
    pub(crate) fn events(&self) -> String {
        format!("/v1/orgs/{}/events", self.id)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a long run, and the repetition of a failed one, are requested by environment variables"
)]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
