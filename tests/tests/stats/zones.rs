//! Four zones as of 2024 to 2026, by their rules: an implementation of bars that shares nothing with that of the service.

use audit_core::UnixMicros;
use audit_tests::instant;

const QUARTER_US: i64 = 900_000_000;
const HOUR_US: i64 = 4 * QUARTER_US;
const DAY_US: i64 = 24 * HOUR_US;

/// A zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    Utc,
    Berlin,
    NewYork,
    Kathmandu,
}

impl Clock {
    pub(crate) const ALL: [Self; 4] = [Self::Utc, Self::Berlin, Self::NewYork, Self::Kathmandu];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::Berlin => "Europe/Berlin",
            Self::NewYork => "America/New_York",
            Self::Kathmandu => "Asia/Kathmandu",
        }
    }

    /// The offset at an instant, in microseconds.
    fn offset(self, us: i64) -> i64 {
        let summer = |ranges: &[(&str, &str)]| {
            ranges.iter().any(|(from, to)| (instant(from).micros()..instant(to).micros()).contains(&us))
        };
        match self {
            Self::Utc => 0,
            Self::Kathmandu => 5 * HOUR_US + 3 * QUARTER_US,
            Self::Berlin => {
                let summers = [
                    ("2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z"),
                    ("2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z"),
                    ("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
                ];
                if summer(&summers) { 2 * HOUR_US } else { HOUR_US }
            }
            Self::NewYork => {
                let summers = [
                    ("2024-03-10T07:00:00Z", "2024-11-03T06:00:00Z"),
                    ("2025-03-09T07:00:00Z", "2025-11-02T06:00:00Z"),
                    ("2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"),
                ];
                if summer(&summers) { -4 * HOUR_US } else { -5 * HOUR_US }
            }
        }
    }

    /// The start of the bar of an instant, as the service writes it.
    pub(crate) fn bar(self, interval: &str, us: i64) -> String {
        let offset = self.offset(us);
        let local = us + offset;
        let day = local - local.rem_euclid(DAY_US);
        let start = match interval {
            "15m" => return self.text(local - local.rem_euclid(QUARTER_US), offset),
            "1h" => return self.text(local - local.rem_euclid(HOUR_US), offset),
            "1d" => day,
            // 5 January 1970 was a Monday.
            "1w" => day - (day - 4 * DAY_US).rem_euclid(7 * DAY_US),
            "1mo" => {
                let date = UnixMicros::new(day).to_string();
                instant(&format!("{}-01T00:00:00Z", &date[..7])).micros()
            }
            other => panic!("{other}"),
        };
        // In these zones, clocks never change within an hour of midnight.
        self.text(start, self.offset(start - offset))
    }

    fn text(self, local: i64, offset: i64) -> String {
        let minutes = offset / 60_000_000;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        format!("{}{sign}{hours:02}:{rest:02}", &UnixMicros::new(local).to_string()[..19])
    }
}
