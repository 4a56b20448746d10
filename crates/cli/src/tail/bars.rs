//! Bars of time, each with how many of its events are accounted for.

use std::collections::BTreeMap;

use audit_core::UnixMicros;

/// The length of a recent bar.
pub(super) const QUARTER_US: i64 = 15 * 60 * 1_000_000;
/// The length of an old bar.
pub(super) const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bar {
    /// The instant after it.
    pub(super) end: UnixMicros,
    /// How many of its events were there before, or are shown.
    pub(super) accounted: u64,
    /// Whether every event of it that was received after the cutoff and is accounted for is also known by its id.
    pub(super) is_read: bool,
}

/// The bars that have events: quarters of an hour from the split on, days before it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Bars(BTreeMap<UnixMicros, Bar>);

impl Bars {
    /// Returns the bar that begins at `start`; a bar without events is known completely.
    pub(super) fn bar(&mut self, start: UnixMicros, length_us: i64) -> &mut Bar {
        let end = UnixMicros::new(start.micros() + length_us);
        self.0.entry(start).or_insert(Bar { end, accounted: 0, is_read: true })
    }

    /// Records what existed before the command began.
    pub(super) fn begin(&mut self, start: UnixMicros, length_us: i64, count: u64) {
        *self.bar(start, length_us) = Bar { accounted: count, is_read: false, ..*self.bar(start, length_us) };
    }

    /// Returns how many events before `split` are accounted for.
    pub(super) fn accounted_before(&self, split: UnixMicros) -> u64 {
        self.0.range(..split).map(|(_, bar)| bar.accounted).sum()
    }

    /// Adds the quarters before `split` up to days.
    pub(super) fn fold(&mut self, split: UnixMicros) {
        let is_old = |start: &UnixMicros, bar: &Bar| *start < split && bar.end.micros() - start.micros() == QUARTER_US;
        let quarters: Vec<_> = self.0.extract_if(.., |start, bar| is_old(start, bar)).collect();
        for (start, quarter) in quarters {
            let day = self.bar(day_of(start), DAY_US);
            day.accounted += quarter.accounted;
            day.is_read &= quarter.is_read;
        }
    }
}

/// Returns the start of the UTC day that contains `at`.
pub(super) fn day_of(at: UnixMicros) -> UnixMicros {
    UnixMicros::new(at.micros().div_euclid(DAY_US) * DAY_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_before_the_split_become_days() {
        let at = |text: &str| text.parse::<UnixMicros>().unwrap();
        let (first, second) = (at("2026-11-01T00:00:00Z"), at("2026-11-02T00:00:00Z"));
        let mut bars = Bars::default();
        bars.begin(first, DAY_US, 5);
        bars.begin(at("2026-11-02T00:00:00Z"), QUARTER_US, 1);
        bars.bar(at("2026-11-02T23:45:00Z"), QUARTER_US).accounted = 2;
        bars.bar(at("2026-11-03T00:00:00Z"), QUARTER_US).accounted = 9;
        bars.fold(at("2026-11-03T00:00:00Z"));
        assert_eq!(bars.0.len(), 3);
        assert_eq!(bars.accounted_before(at("2026-11-03T00:00:00Z")), 8);
        assert_eq!((bars.bar(first, DAY_US).accounted, bars.bar(second, DAY_US).accounted), (5, 3));
        assert!(!bars.bar(second, DAY_US).is_read && bars.bar(at("2026-11-03T00:00:00Z"), QUARTER_US).is_read);
    }
}
