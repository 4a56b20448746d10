//! Bars: the stretches of time over which events are counted, as the clocks of a zone divide time.
//!
//! A day is what the zone's calendar calls a day: 23 or 25 hours long where clocks change, and from midnight UTC only in
//! UTC. Every bar consists of whole quarter hours of UTC, since the offset of every zone is a multiple of 15 minutes in
//! the years that events can have. So the counts of a segment, which are by quarter hour, answer for every zone.

use std::fmt;
use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Offset, SecondsFormat, TimeZone, Timelike};
use chrono_tz::Tz;

use crate::error::ParseError;
use crate::time::UnixMicros;

/// Microseconds of a quarter of an hour.
pub const QUARTER_US: i64 = 900_000_000;
/// The number of bars that an interval may have over a range if the service chooses the interval.
const FEW_BARS: i64 = 120;

/// The length of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// A quarter of an hour.
    Quarter,
    /// An hour.
    Hour,
    /// A day of the zone's calendar.
    Day,
    /// A week, from Monday.
    Week,
    /// A month of the zone's calendar.
    Month,
}

impl Interval {
    /// All of them, the finest first.
    pub const ALL: [Self; 5] = [Self::Quarter, Self::Hour, Self::Day, Self::Week, Self::Month];
}

/// The text of the API; a part of the cursor's digest.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quarter => "15m",
            Self::Hour => "1h",
            Self::Day => "1d",
            Self::Week => "1w",
            Self::Month => "1mo",
        })
    }
}

impl FromStr for Interval {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL.into_iter().find(|it| it.to_string() == text).ok_or(ParseError("15m, 1h, 1d, 1w or 1mo"))
    }
}

/// An IANA time zone. The default is UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Zone(Tz);

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for Zone {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        text.parse().map(Self).map_err(|_| ParseError("an IANA time zone such as Europe/Berlin"))
    }
}

/// One bar: the instants from `start` up to, but not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// The first instant, by which the bar is named.
    pub start: UnixMicros,
    /// The first instant of the next bar.
    pub end: UnixMicros,
}

impl Bar {
    /// Reports whether it contains an instant.
    pub fn contains(&self, at: UnixMicros) -> bool {
        (self.start..self.end).contains(&at)
    }
}

/// A division of time into bars.
///
/// # Examples
/// ```
/// use audit_core::stats::{Bars, Interval};
///
/// let bars = Bars { interval: Interval::Day, zone: "Europe/Berlin".parse()? };
/// let day = bars.bar("2026-10-25T12:00:00Z".parse()?);
/// assert_eq!(bars.text(day.start), "2026-10-25T00:00:00+02:00");
/// assert_eq!(day.end.since(day.start).as_secs(), 25 * 3600);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bars {
    /// The length of a bar.
    pub interval: Interval,
    /// The zone whose clocks and calendar divide time.
    pub zone: Zone,
}

impl Bars {
    /// Returns the finest bars of which at most 120 overlap the instants from `from` up to, but not including, `to`; if
    /// none are so few, months.
    pub fn few(zone: Zone, from: UnixMicros, to: UnixMicros) -> Self {
        let last = UnixMicros::new((to.micros() - 1).max(from.micros()));
        let bars = Interval::ALL.map(|interval| Self { interval, zone });
        bars.into_iter().find(|bars| bars.count(from, last) <= FEW_BARS).unwrap_or(bars[4])
    }

    /// Returns the bar that contains an instant.
    pub fn bar(&self, at: UnixMicros) -> Bar {
        let date = self.local(at).date_naive();
        match self.interval {
            Interval::Quarter => {
                let start = at.micros() - at.micros().rem_euclid(QUARTER_US);
                Bar { start: UnixMicros::new(start), end: UnixMicros::new(start + QUARTER_US) }
            }
            Interval::Hour => self.hour(at),
            Interval::Day => self.dates(date, date + Days::new(1)),
            Interval::Week => {
                let monday = date - Days::new(date.weekday().num_days_from_monday().into());
                self.dates(monday, monday + Days::new(7))
            }
            Interval::Month => {
                let first = date - Days::new(date.day0().into());
                self.dates(first, first + Months::new(1))
            }
        }
    }

    /// Returns the start of a bar as the zone's clocks show it, in RFC 3339 with the offset.
    pub fn text(&self, start: UnixMicros) -> String {
        self.local(start).to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    fn local(&self, at: UnixMicros) -> DateTime<Tz> {
        DateTime::from_timestamp_micros(at.micros()).unwrap_or_default().with_timezone(&self.zone.0)
    }

    /// The quarter hours around an instant that have its date, hour and offset: fewer than four if clocks change by half
    /// an hour.
    fn hour(&self, at: UnixMicros) -> Bar {
        let of = |us: i64| {
            let local = self.local(UnixMicros::new(us));
            (local.date_naive(), local.hour(), local.offset().fix())
        };
        let quarter = at.micros() - at.micros().rem_euclid(QUARTER_US);
        let hour = of(quarter);
        let (mut start, mut end) = (quarter, quarter + QUARTER_US);
        while of(start - QUARTER_US) == hour {
            start -= QUARTER_US;
        }
        while of(end) == hour {
            end += QUARTER_US;
        }
        Bar { start: UnixMicros::new(start), end: UnixMicros::new(end) }
    }

    fn dates(&self, first: NaiveDate, end: NaiveDate) -> Bar {
        Bar { start: self.first_instant(first), end: self.first_instant(end) }
    }

    /// Returns the first instant of a date. Clocks that change at midnight skip it, or show it twice.
    fn first_instant(&self, date: NaiveDate) -> UnixMicros {
        let quarters = (0..).map(|quarter| date.and_time(NaiveTime::MIN) + chrono::TimeDelta::minutes(15 * quarter));
        // A date that a zone skipped, when it changed sides of the date line, begins where the next one does.
        let first = quarters.take(200).find_map(|local| match self.zone.0.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.timestamp_micros()),
            LocalResult::None => None,
        });
        first.map_or(UnixMicros::EPOCH, UnixMicros::new)
    }

    /// How many bars there are from that of `from` to that of `last`.
    fn count(&self, from: UnixMicros, last: UnixMicros) -> i64 {
        let (from, last) = (self.bar(from).start, self.bar(last).start);
        let (first, end) = (self.local(from).date_naive(), self.local(last).date_naive());
        let days = end.signed_duration_since(first).num_days();
        1 + match self.interval {
            Interval::Quarter => (last.micros() - from.micros()) / QUARTER_US,
            // Where clocks change by half an hour, one of the hours is a half one.
            Interval::Hour => (last.micros() - from.micros() + 4 * QUARTER_US - 1) / (4 * QUARTER_US),
            Interval::Day => days,
            Interval::Week => days / 7,
            Interval::Month => {
                i64::from(end.year() - first.year()) * 12 + i64::from(end.month()) - i64::from(first.month())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMicros {
        text.parse().unwrap()
    }

    fn bars(interval: &str, zone: &str) -> Bars {
        Bars { interval: interval.parse().unwrap(), zone: zone.parse().unwrap() }
    }

    fn shown(interval: &str, zone: &str, instant: &str) -> (String, i64) {
        let bars = bars(interval, zone);
        let bar = bars.bar(at(instant));
        (bars.text(bar.start), (bar.end.micros() - bar.start.micros()) / 60_000_000)
    }

    #[test]
    fn days_have_23_or_25_hours_where_clocks_change() {
        let berlin = |instant| shown("1d", "Europe/Berlin", instant);
        assert_eq!(berlin("2026-03-29T21:59:59Z"), ("2026-03-29T00:00:00+01:00".to_owned(), 23 * 60));
        assert_eq!(berlin("2026-10-25T22:59:59Z"), ("2026-10-25T00:00:00+02:00".to_owned(), 25 * 60));
        assert_eq!(berlin("2026-10-25T23:00:00Z"), ("2026-10-26T00:00:00+01:00".to_owned(), 24 * 60));
    }

    #[test]
    fn the_hour_that_clocks_show_twice_is_two_bars() {
        let berlin = |instant| shown("1h", "Europe/Berlin", instant);
        assert_eq!(berlin("2026-10-25T00:30:00Z"), ("2026-10-25T02:00:00+02:00".to_owned(), 60));
        assert_eq!(berlin("2026-10-25T01:30:00Z"), ("2026-10-25T02:00:00+01:00".to_owned(), 60));
        // Lord Howe Island changes by half an hour.
        let lord_howe = |instant| shown("1h", "Australia/Lord_Howe", instant);
        assert_eq!(lord_howe("2026-04-04T14:59:00Z"), ("2026-04-05T01:00:00+11:00".to_owned(), 60));
        assert_eq!(lord_howe("2026-04-04T15:01:00Z"), ("2026-04-05T01:30:00+10:30".to_owned(), 30));
    }

    #[test]
    fn a_zone_at_5_45_begins_its_days_and_hours_at_a_quarter_hour_of_utc() {
        assert_eq!(shown("1d", "Asia/Kathmandu", "2026-11-01T18:14:59Z").0, "2026-11-01T00:00:00+05:45");
        assert_eq!(shown("1d", "Asia/Kathmandu", "2026-11-01T18:15:00Z").0, "2026-11-02T00:00:00+05:45");
        assert_eq!(shown("1h", "Asia/Kathmandu", "2026-11-01T18:15:00Z").0, "2026-11-02T00:00:00+05:45");
    }

    #[test]
    fn a_day_without_a_midnight_begins_at_its_first_instant() {
        let sao_paulo = shown("1d", "America/Sao_Paulo", "2018-11-04T12:00:00Z");
        assert_eq!(sao_paulo, ("2018-11-04T01:00:00-02:00".to_owned(), 23 * 60));
        let havana = shown("1d", "America/Havana", "2026-11-01T12:00:00Z");
        assert_eq!(havana, ("2026-11-01T00:00:00-04:00".to_owned(), 25 * 60));
        // Samoa had no 30 December 2011.
        assert_eq!(shown("1d", "Pacific/Apia", "2011-12-30T09:59:59Z").1, 24 * 60);
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_their_first() {
        assert_eq!(shown("1w", "UTC", "2026-11-22T23:59:59Z").0, "2026-11-16T00:00:00+00:00");
        assert_eq!(shown("1w", "UTC", "2026-11-23T00:00:00Z").0, "2026-11-23T00:00:00+00:00");
        let march = shown("1mo", "Europe/Berlin", "2026-02-28T23:00:00Z");
        assert_eq!(march, ("2026-03-01T00:00:00+01:00".to_owned(), (31 * 24 - 1) * 60));
    }

    #[test]
    fn bars_tile_time_in_whole_quarter_hours() {
        let zones = ["UTC", "Europe/London", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"];
        for (zone, interval) in zones.iter().flat_map(|zone| Interval::ALL.map(|interval| (zone, interval))) {
            let bars = Bars { interval, zone: zone.parse().unwrap() };
            let end = at("2026-12-01T00:00:00Z");
            let mut bar = bars.bar(at("2026-01-01T00:00:00Z"));
            while bar.end < end {
                let next = bars.bar(bar.end);
                assert_eq!((next.start, bar.start.micros() % QUARTER_US), (bar.end, 0), "{zone} {interval}");
                assert_eq!(bars.bar(UnixMicros::new(bar.end.micros() - 1)), bar, "{zone} {interval}");
                bar = next;
            }
        }
    }

    #[test]
    fn the_offset_of_every_zone_is_a_multiple_of_15_minutes_since_2000() {
        let (first, day) = (at("2000-01-01T00:00:00Z"), 86_400_000_000);
        for zone in chrono_tz::TZ_VARIANTS {
            for week in 0..40 * 52 {
                let bars = Bars { interval: Interval::Day, zone: Zone(zone) };
                let local = bars.local(UnixMicros::new(first.micros() + week * 7 * day));
                assert_eq!(local.offset().fix().local_minus_utc() % 900, 0, "{zone} {local}");
            }
        }
    }

    #[test]
    fn the_finest_interval_of_at_most_120_bars_is_chosen() {
        let few = |from, to| Bars::few(Zone::default(), at(from), at(to)).interval.to_string();
        assert_eq!(few("2026-11-01T00:00:00Z", "2026-11-02T06:00:00Z"), "15m");
        assert_eq!(few("2026-11-01T00:00:00Z", "2026-11-02T06:00:00.000001Z"), "1h");
        assert_eq!(few("2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z"), "1h");
        assert_eq!(few("2026-11-01T00:00:00Z", "2026-11-06T00:00:01Z"), "1d");
        assert_eq!(few("2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z"), "1d");
        assert_eq!(few("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), "1w");
        assert_eq!(few("2000-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), "1mo");
        assert_eq!(few("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), "15m");
        // 119 hours and a half one: clocks are put back by half an hour on 2026-04-05 at 02:00.
        let lord_howe = |to| Bars::few("Australia/Lord_Howe".parse().unwrap(), at("2026-04-03T13:00:00Z"), at(to));
        assert_eq!(lord_howe("2026-04-08T12:30:00Z").interval, Interval::Hour);
        assert_eq!(lord_howe("2026-04-08T12:30:01Z").interval, Interval::Day);
    }

    #[test]
    fn an_unknown_zone_or_interval_is_refused() {
        assert!("Europe/Nowhere".parse::<Zone>().is_err() && "+02:00".parse::<Zone>().is_err());
        assert!("2d".parse::<Interval>().is_err() && "auto".parse::<Interval>().is_err());
    }
}
