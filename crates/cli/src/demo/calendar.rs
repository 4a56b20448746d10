//! The rhythm of a working week.

const HOUR_US: i64 = 3_600_000_000;
const DAY_HOURS: i64 = 24;
/// How long the demo reaches back.
const HOURS: i64 = 90 * DAY_HOURS;
/// An hour with less than this share of a normal working hour is quiet.
const QUIET: f64 = 0.2;

/// Maps equal shares of all events to instants, so that busy hours get more of them.
pub(super) struct Calendar {
    start_us: i64,
    /// The weight of all hours up to and with this one.
    sums: Vec<f64>,
}

impl Calendar {
    /// The calendar of the 90 days before an instant.
    pub(super) fn before(now_us: i64) -> Self {
        let start_us = now_us - HOURS * HOUR_US;
        let weights = (0..HOURS).map(|hour| weight(start_us + hour * HOUR_US));
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self { start_us, sums: sums.collect() }
    }

    /// The instant by which `part` of all events have happened, for a part from 0 to 1.
    pub(super) fn instant(&self, part: f64) -> i64 {
        let sought = part.clamp(0.0, 1.0) * self.sums.last().copied().unwrap_or_default();
        let hour = self.sums.partition_point(|sum| *sum <= sought).min(self.sums.len() - 1);
        let before = if hour == 0 { 0.0 } else { self.sums[hour - 1] };
        let into = ((sought - before) / (self.sums[hour] - before)).clamp(0.0, 1.0);
        // One microsecond less than the hour: the last instant is still before now.
        self.start_us + hour as i64 * HOUR_US + (into * (HOUR_US - 1) as f64) as i64
    }

    /// Whether few people work at an instant.
    pub(super) fn is_quiet(&self, at_us: i64) -> bool {
        weight(at_us) < QUIET
    }
}

/// How much happens in the hour of an instant, where 1 is a normal working hour.
fn weight(at_us: i64) -> f64 {
    let hours = at_us.div_euclid(HOUR_US);
    let by_day = match hours.rem_euclid(DAY_HOURS) {
        9..=11 | 14..=15 => 1.3,
        12 => 0.6,
        8 | 13 | 16..=17 => 1.0,
        7 | 18..=21 => 0.15,
        _ => 0.04,
    };
    // Day 0 of the Unix calendar was a Thursday.
    let is_weekend = matches!(hours.div_euclid(DAY_HOURS).rem_euclid(7), 2 | 3);
    if is_weekend { by_day * 0.12 } else { by_day }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2 November 2026, 00:00 UTC.
    const MONDAY_US: i64 = 20_759 * 24 * HOUR_US;

    #[test]
    fn working_hours_are_busy_and_nights_and_weekends_quiet() {
        assert!(weight(MONDAY_US + 10 * HOUR_US) > 1.0);
        assert!(weight(MONDAY_US + 3 * HOUR_US) < 0.1);
        assert!(weight(MONDAY_US - 14 * HOUR_US) < QUIET, "Sunday, 10:00");
        assert!(weight(MONDAY_US - 62 * HOUR_US) > 1.0, "Friday, 10:00");
    }

    #[test]
    fn parts_become_instants_in_order_within_the_window() {
        let now_us = MONDAY_US + 1_234_567;
        let calendar = Calendar::before(now_us);
        let instants: Vec<_> = (0..=1_000).map(|part| calendar.instant(f64::from(part) / 1_000.0)).collect();
        assert!(instants.is_sorted());
        assert!(instants[0] >= now_us - HOURS * HOUR_US && instants[1_000] < now_us);
    }
}
