//! Programs: what can happen, and random lists of it. Every step is independent, so that any of them may be left out.

use audit_core::UnixMicros;
use audit_tests::faults::{Fault, Refusal, Repeats};
use audit_tests::{START, instant};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

use crate::draft::{Draft, Wish};

/// Orgs, the first one's name a prefix of the others'.
pub(crate) const ORGS: usize = 3;
/// Workers that may be in the middle of a pass.
pub(crate) const WORKERS: usize = 3;
/// Walks that may be open.
pub(crate) const WALKS: usize = 4;

/// A step. Numbers wrap around the number of choices.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// New events.
    Record { org: usize, drafts: Vec<Draft> },
    /// Events that were recorded before, hot or archived, are recorded again.
    Repeat { org: usize, from: usize, count: usize },
    /// The key of an event, with other content.
    Reuse { org: usize, from: usize },
    /// A worker begins a pass, and is paused before its request of that number.
    Begin { worker: usize, org: usize, requests: usize },
    /// A paused worker makes this many further requests.
    Advance { worker: usize, requests: usize },
    /// A paused worker is killed.
    Kill { worker: usize },
    /// A pass whose request of that number fails.
    Faulty { org: usize, at: usize, fault: Fault, repeats: Repeats },
    /// Requests whose authors gave up are applied.
    Land,
    /// Full passes run concurrently.
    Passes { org: usize, workers: usize, force: bool },
    /// A walk begins.
    Open { walk: usize, org: usize, wish: Wish, newest: bool, limit: usize },
    /// A walk takes a page.
    Page { walk: usize },
    /// An event is looked up, in its own org and in the next one.
    LookUp { org: usize, nth: usize },
    /// The functions restart; walks continue with their cursors.
    Restart,
    /// The platform reports another plan, then the old one again.
    Downgrade { org: usize },
    /// Time passes, in seconds.
    Tick(i64),
    /// Everything is examined independently.
    Check,
}

/// A program of a seed.
pub(crate) fn generate(seed: u64, steps: usize) -> Vec<Step> {
    let mut dice = Dice { rng: Xoshiro256PlusPlus::seed_from_u64(seed), now: instant(START), drafts: 0 };
    (0..steps).map(|_| dice.step()).collect()
}

struct Dice {
    rng: Xoshiro256PlusPlus,
    now: UnixMicros,
    drafts: u32,
}

impl Dice {
    fn step(&mut self) -> Step {
        let org = self.rng.random_range(0..ORGS * 2).min(ORGS - 1);
        let worker = self.rng.random_range(0..WORKERS);
        let walk = self.rng.random_range(0..WALKS);
        let from = self.rng.random_range(0..10_000);
        match self.rng.random_range(0..100) {
            0..16 => Step::Record { org, drafts: self.drafts() },
            16..22 => Step::Repeat { org, from, count: self.rng.random_range(1..20) },
            22..25 => Step::Reuse { org, from },
            25..33 => Step::Begin { worker, org, requests: self.rng.random_range(0..60) },
            33..43 => Step::Advance { worker, requests: self.rng.random_range(1..30) },
            43..46 => Step::Kill { worker },
            46..51 => self.faulty(org),
            51..53 => Step::Land,
            53..58 => Step::Passes { org, workers: self.rng.random_range(1..4), force: self.rng.random_bool(0.7) },
            58..64 => self.open(walk, org),
            64..88 => Step::Page { walk },
            88..92 => Step::LookUp { org, nth: from },
            92..94 => Step::Restart,
            94..95 => Step::Downgrade { org },
            95..98 => {
                let seconds = if self.rng.random_bool(0.3) { 86_400 } else { self.rng.random_range(1..7_200) };
                self.now = UnixMicros::new(self.now.micros() + seconds * 1_000_000);
                Step::Tick(seconds)
            }
            _ => Step::Check,
        }
    }

    fn drafts(&mut self) -> Vec<Draft> {
        // Mostly few; sometimes a backfill of an old month.
        let backfill = self.rng.random_bool(0.05);
        let count = if backfill { self.rng.random_range(100..400) } else { self.rng.random_range(1..25) };
        (0..count).map(|_| self.draft(backfill)).collect()
    }

    fn draft(&mut self, backfill: bool) -> Draft {
        const DAY: i64 = 86_400_000_000;
        let back = match self.rng.random_range(0..10) {
            _ if backfill => self.rng.random_range(200 * DAY..230 * DAY),
            // Ahead of our clock, which is valid up to five minutes.
            0 => -self.rng.random_range(0..300_000_000),
            // Together with others.
            1 => self.now.micros().rem_euclid(DAY),
            2..7 => self.rng.random_range(0..2 * DAY),
            _ => self.rng.random_range(0..40 * DAY),
        };
        self.drafts += 1;
        Draft {
            at: UnixMicros::new(self.now.micros() - back),
            actor: self.rng.random_range(0..5),
            action: self.rng.random_range(0..4),
            failed: self.rng.random_bool(0.2),
            content: self.drafts,
            key: self.rng.random_bool(0.8).then_some(self.drafts),
        }
    }

    fn faulty(&mut self, org: usize) -> Step {
        let faults = [
            Fault::Refused(Refusal::Broken),
            Fault::Refused(Refusal::Throttled),
            Fault::Lost,
            Fault::Stopped { applied: false },
            Fault::Stopped { applied: true },
            Fault::Late,
        ];
        let fault = faults[self.rng.random_range(0..faults.len())];
        let repeats = if self.rng.random_bool(0.8) { Repeats::Always } else { Repeats::Once };
        Step::Faulty { org, at: self.rng.random_range(0..80), fault, repeats }
    }

    fn open(&mut self, walk: usize, org: usize) -> Step {
        let at = |dice: &mut Self| UnixMicros::new(dice.now.micros() - dice.rng.random_range(0..40 * 86_400_000_000));
        let wish = match self.rng.random_range(0..8) {
            0 => Wish::Actor(self.rng.random_range(0..6)),
            1 => Wish::Billing,
            2 => Wish::Failed,
            3 => {
                let (a, b) = (at(self), at(self));
                Wish::Between(a.min(b), a.max(b))
            }
            _ => Wish::Everything,
        };
        Step::Open { walk, org, wish, newest: self.rng.random_bool(0.6), limit: self.rng.random_range(1..60) }
    }
}
