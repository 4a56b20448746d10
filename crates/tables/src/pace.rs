//! The pace of deletes, in write units: it slows down when DynamoDB refuses, and speeds up gradually while it does not.
//!
//! A unit is what DynamoDB charges for 1 KB of a deleted item. The response to each request reports the units that it
//! consumed. The cost of a key of the next request is estimated from the requests before.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The part of the highest pace that deletes begin with.
const FIRST_PART: u32 = 4;
/// How long it takes, at full use and without a refusal, to speed up from nothing to the highest pace.
const RAMP: Duration = Duration::from_secs(8);
/// Units a second that no refusal goes below.
const SLOWEST: u32 = 25;
/// How long the pace is kept after it was halved: the responses to requests in flight report one and the same
/// congestion.
const HALVED_ONCE_IN: Duration = Duration::from_millis(500);
/// Units that one request should cost: fewer keys of large rows than of small ones.
const REQUEST_UNITS: u32 = 100;

/// The pace of deletes in one org: additive increase, multiplicative decrease.
#[derive(Debug)]
pub struct Pace(Mutex<Speed>);

impl Pace {
    /// Never exceeds `units_per_second`; `None` goes as fast as the store accepts the deletes.
    pub fn new(units_per_second: Option<u32>) -> Self {
        Self(Mutex::new(Speed::new(units_per_second)))
    }

    pub(crate) fn speed(&self) -> MutexGuard<'_, Speed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the next request is due, and decides its size only then, by what is known of the rows by now.
    pub(crate) async fn turn(&self, most_keys: usize) -> Turn {
        loop {
            let reserved = self.speed().reserve(Instant::now(), most_keys);
            match reserved {
                Ok(turn) => return turn,
                Err(due) => sleep_until(due).await,
            }
        }
    }
}

/// A request that is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    /// Maximum number of its keys.
    pub(crate) keys: usize,
    /// The units that these keys are expected to cost.
    pub(crate) expected: f64,
}

/// The state of a pace, without a clock.
#[derive(Debug)]
pub(crate) struct Speed {
    /// Units a second: the highest pace and the present one.
    highest: f64,
    present: f64,
    units_per_key: f64,
    /// When the next request may leave.
    next: Option<Instant>,
    halved_at: Option<Instant>,
    /// How many keys were processed so far.
    pub(crate) processed: u64,
}

impl Speed {
    fn new(units_per_second: Option<u32>) -> Self {
        let highest = units_per_second.map_or(f64::INFINITY, f64::from);
        let present = (highest / f64::from(FIRST_PART)).max(f64::from(SLOWEST).min(highest));
        Self { highest, present, units_per_key: 1.0, next: None, halved_at: None, processed: 0 }
    }

    fn keys(&self, most: usize) -> usize {
        let keys = f64::from(REQUEST_UNITS) / self.units_per_key;
        (keys as usize).clamp(1, most)
    }

    /// Returns the time that `units` take at the present pace.
    fn time_of(&self, units: f64) -> Duration {
        Duration::from_secs_f64(units / self.present)
    }

    /// Takes the turn that is due, or returns when one will be.
    fn reserve(&mut self, now: Instant, most_keys: usize) -> Result<Turn, Instant> {
        if let Some(due) = self.next.filter(|due| *due > now) {
            return Err(due);
        }
        let keys = self.keys(most_keys);
        let expected = keys as f64 * self.units_per_key;
        self.next = Some(now + self.time_of(expected));
        Ok(Turn { keys, expected })
    }

    /// Notes what a request did and cost.
    pub(crate) fn settle(&mut self, expected: f64, processed: usize, units: Option<f64>) {
        if processed == 0 {
            return;
        }
        self.processed += processed as u64;
        let units = units.unwrap_or(expected);
        self.units_per_key = (self.units_per_key + units / processed as f64) / 2.0;
        if let (Some(next), true) = (self.next, units > expected) {
            self.next = Some(next + self.time_of(units - expected));
        }
        if self.highest.is_finite() {
            // As much as the highest pace in the time of the ramp, where the pace is used in full.
            let raised = self.present + self.highest * self.time_of(units).as_secs_f64() / RAMP.as_secs_f64();
            self.present = raised.min(self.highest);
        }
    }

    /// Notes that DynamoDB refused keys of a request because there were too many.
    pub(crate) fn refused(&mut self, now: Instant) {
        if self.halved_at.is_none_or(|at| now >= at + HALVED_ONCE_IN) {
            self.present = (self.present / 2.0).max(f64::from(SLOWEST).min(self.highest));
            self.halved_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIGHEST: u32 = 2_000;

    /// Sends requests of 25 keys whose rows cost `units` each, one after the other, for a while; returns the units.
    fn deleted_in(speed: &mut Speed, from: Instant, time: Duration, units: f64) -> f64 {
        let (mut now, mut consumed) = (from, 0.0);
        while now < from + time {
            match speed.reserve(now, 25) {
                Ok(Turn { keys, expected }) => {
                    consumed += keys as f64 * units;
                    speed.settle(expected, keys, Some(keys as f64 * units));
                }
                Err(due) => now = due,
            }
        }
        consumed
    }

    #[test]
    fn no_second_has_more_than_2_000_units_however_large_the_rows_are() {
        for units in [1.0, 3.0, 40.0, 257.0] {
            let mut speed = Speed::new(Some(HIGHEST));
            let start = Instant::now();
            // The first request, of rows of unknown size, has 25 keys; what it cost is made up for.
            let consumed = deleted_in(&mut speed, start, Duration::from_secs(60), units);
            assert!(consumed <= 60.0 * 2_000.0 + 25.0 * units, "{consumed} units of {units} a row");
            // It begins at a fourth of the pace, speeds up within 8 s, and waits for what the first request cost.
            let waiting_s = 8.0 + 25.0 * units / 500.0;
            assert!(
                consumed >= (60.0 - waiting_s) * 2_000.0,
                "{consumed} units of {units} a row, less than the pace allows"
            );
            assert!(speed.present <= 2_000.0);
        }
    }

    #[test]
    fn a_request_of_large_rows_has_fewer_keys() {
        let mut speed = Speed::new(Some(HIGHEST));
        assert_eq!(speed.keys(25), 25);
        let (mut now, time) = (Instant::now(), Duration::from_secs(30));
        for (units, keys) in [(4.0, 25), (10.0, 10), (257.0, 1)] {
            deleted_in(&mut speed, now, time, units);
            assert_eq!(speed.keys(25), keys, "{units} a row");
            now += time;
        }
    }

    #[test]
    fn refusals_halve_the_pace_once_in_half_a_second_down_to_25_units() {
        let mut speed = Speed::new(Some(HIGHEST));
        let start = Instant::now();
        assert_eq!(speed.present, 500.0);
        speed.refused(start);
        speed.refused(start + Duration::from_millis(499));
        assert_eq!(speed.present, 250.0);
        speed.refused(start + Duration::from_millis(500));
        assert_eq!(speed.present, 125.0);
        for second in 1..10 {
            speed.refused(start + Duration::from_secs(second));
        }
        assert_eq!(speed.present, 25.0);
    }

    #[test]
    fn the_pace_grows_by_an_eighth_of_the_highest_in_a_second_of_use_and_never_past_it() {
        let mut speed = Speed::new(Some(HIGHEST));
        let start = Instant::now();
        deleted_in(&mut speed, start, Duration::from_secs(1), 1.0);
        assert!((700.0..=800.0).contains(&speed.present), "{}", speed.present);
        deleted_in(&mut speed, start, Duration::from_secs(20), 1.0);
        assert_eq!(speed.present, 2_000.0);
    }

    #[test]
    fn without_a_highest_pace_nothing_waits() {
        let mut speed = Speed::new(None);
        let now = Instant::now();
        for _ in 0..100 {
            let turn = speed.reserve(now, 25).unwrap();
            speed.settle(turn.expected, turn.keys, Some(6_400.0));
            speed.refused(now);
        }
    }
}
