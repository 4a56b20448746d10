//! Instants in microseconds, their one text form, and UTC days and months.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat};
use serde::{Serialize, Serializer};

use crate::error::ParseError;

/// Fraction digits of a time. The resolution is a microsecond; digits after the sixth are dropped.
pub const FRACTION_DIGITS: usize = 9;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use audit_core::UnixMicros;
///
/// let at: UnixMicros = "2026-11-22T12:15:30.5+02:00".parse()?;
/// assert_eq!(at.to_string(), "2026-11-22T10:15:30.500000Z");
/// assert_eq!(at.plus(Duration::from_secs(5)).since(at), Duration::from_secs(5));
/// # Ok::<(), audit_core::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMicros(i64);

/// Why a text is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339, not a real date or time, or outside the years 0000 to 9999 in UTC.
    #[error("not an RFC 3339 date and time with an offset")]
    Form,
    /// More than nine fraction digits. No clock is that fine, so the text is probably not a time.
    #[error("more than 9 fraction digits")]
    Fraction,
    /// The second is 60.
    #[error("second 60")]
    LeapSecond,
}

impl UnixMicros {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// 0000-01-01T00:00:00Z. An earlier instant has no RFC 3339 text in UTC.
    pub const EARLIEST: Self = Self(-62_167_219_200_000_000);
    /// 9999-12-31T23:59:59.999999Z. A later instant has no RFC 3339 text in UTC, and its text would not sort.
    pub const LATEST: Self = Self(253_402_300_799_999_999);

    /// Returns the instant `micros` microseconds after the epoch.
    pub const fn new(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Returns the instant `duration` later.
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0 + duration.as_micros() as i64)
    }

    /// Returns the time since `earlier`, zero if that instant is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// Returns the UTC day that contains this instant.
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(Day::MICROS) as i32)
    }
}

/// Accepts RFC 3339 with an offset and at most nine fraction digits.
///
/// Digits after the sixth are dropped, never rounded: the result is the microsecond that contains the instant.
/// Second 60 is an error, since it has no place of its own in Unix time.
impl FromStr for UnixMicros {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let bytes = text.as_bytes();
        if !text.is_ascii() || bytes.len() < 20 || !matches!(bytes[10], b'T' | b't') {
            return Err(TimeError::Form);
        }
        if &bytes[17..19] == b"60" {
            return Err(TimeError::LeapSecond);
        }
        if bytes[19] == b'.' && bytes[20..].iter().take_while(|byte| byte.is_ascii_digit()).count() > FRACTION_DIGITS {
            return Err(TimeError::Fraction);
        }
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| TimeError::Form)?;
        // An offset can carry the first and the last hours of the calendar out of it.
        let at = Self(parsed.timestamp_micros());
        if (Self::EARLIEST..=Self::LATEST).contains(&at) { Ok(at) } else { Err(TimeError::Form) }
    }
}

impl fmt::Display for UnixMicros {
    /// `2026-11-22T10:15:30.123456Z`: always six digits, always UTC, so that text sorts as time does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_micros(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true)),
            None => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for UnixMicros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The source of the current time; passed in, so that tests can choose it.
pub trait Clock: Send + Sync {
    /// Returns the current instant.
    fn now(&self) -> UnixMicros;
}

/// A UTC day, as days since 1970-01-01. Its text is `2026-11-22`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// Microseconds of a day.
    pub const MICROS: i64 = 86_400_000_000;

    /// Returns the first instant of the day.
    pub fn start(self) -> UnixMicros {
        UnixMicros::new(i64::from(self.0) * Self::MICROS)
    }

    /// Returns the next day.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Returns the month that contains the day.
    pub fn month(self) -> Month {
        let date = self.date();
        Month(date.year() * 12 + date.month0() as i32)
    }

    fn date(self) -> NaiveDate {
        DateTime::from_timestamp_micros(self.start().0).unwrap_or_default().date_naive()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date().format("%Y-%m-%d"))
    }
}

/// Accepts `YYYY-MM-DD` only.
impl FromStr for Day {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap_or_default();
        let day = Self(date.signed_duration_since(NaiveDate::default()).num_days() as i32);
        if day.to_string() == text { Ok(day) } else { Err(ParseError("a day, YYYY-MM-DD")) }
    }
}

/// A UTC month, as months since year 0: a partition of the archive and of the ledger. Its text is `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    /// Returns the first day of the month.
    pub fn first_day(self) -> Day {
        format!("{self}-01").parse().unwrap_or(Day(0))
    }

    /// Returns the next month.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Returns the previous month.
    pub fn previous(self) -> Self {
        Self(self.0 - 1)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

/// Accepts `YYYY-MM` only.
impl FromStr for Month {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let first_day = format!("{text}-01").parse::<Day>();
        first_day.map(Day::month).map_err(|_| ParseError("a month, YYYY-MM"))
    }
}

#[cfg(test)]
mod tests;
