//! Instants in microseconds, their one text form, and UTC days.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat};
use serde::{Serialize, Serializer};

use crate::limits::FRACTION_DIGITS;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMicros(pub i64);

/// Why a text is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It does not have the form of RFC 3339, names a day or hour that does not exist, or lies in no UTC year of four digits.
    #[error("not an RFC 3339 date and time with an offset")]
    Form,
    /// It has more than nine fraction digits: no clock is so fine, so it is something else than a time.
    #[error("more than 9 fraction digits")]
    Fraction,
    /// Its second is 60.
    #[error("second 60")]
    LeapSecond,
}

impl UnixMicros {
    /// 0000-01-01T00:00:00Z. An instant before it has no text of RFC 3339 in UTC.
    pub const EARLIEST: Self = Self(-62_167_219_200_000_000);
    /// 9999-12-31T23:59:59.999999Z. An instant after it has no text of RFC 3339 in UTC, and its text would not sort.
    pub const LATEST: Self = Self(253_402_300_799_999_999);

    /// Parses RFC 3339 with an offset and at most nine fraction digits.
    ///
    /// *Guarantees*: digits after the sixth are dropped, never rounded: the instant is the microsecond that contains it.
    /// *Errors*: [`TimeError`]; second 60 is refused, since it has no place of its own in Unix time.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
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

    /// The UTC day that holds this instant.
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(Day::MICROS) as i32)
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

/// Where code takes the present time from; passed in, so that tests choose it.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> UnixMicros;
}

/// A UTC day: days since 1970-01-01. Its text is the `dt` of the archive, `2026-11-22`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// Microseconds of a day.
    pub const MICROS: i64 = 86_400_000_000;

    /// The first instant of the day.
    pub fn start(self) -> UnixMicros {
        UnixMicros(i64::from(self.0) * Self::MICROS)
    }

    /// The day after.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Parses `YYYY-MM-DD`; nothing else is a day.
    pub fn parse(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        let day = Self(i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()?);
        (day.to_string() == text).then_some(day)
    }

    /// The month that holds the day.
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

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A calendar month: months since year 0. The unit in which readers cache the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

impl Month {
    /// The first day of the month.
    pub fn first_day(self) -> Day {
        Day::parse(&format!("{self}-01")).unwrap_or(Day(0))
    }

    /// The month after.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The month before.
    pub fn previous(self) -> Self {
        Self(self.0 - 1)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

#[cfg(test)]
mod tests;
