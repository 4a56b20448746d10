//! How many rows of a segment lie in each UTC day of its month, and how many of them failed.

use crate::stats::Count;
use crate::time::{Day, Month};

/// The rows of a segment by UTC day: only days that have rows, in ascending order.
///
/// # Examples
/// ```
/// use audit_core::DayRows;
///
/// let days = DayRows::from_text("2026-11".parse()?, "03:120/2 04:7").ok_or("not the rows of days")?;
/// assert_eq!((days.of("2026-11-04".parse()?), days.of("2026-11-05".parse()?)), (7, 0));
/// assert_eq!((days.total(), days.failed()), (127, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayRows(Vec<(Day, Count)>);

impl DayRows {
    /// Adds a row of a day.
    pub fn add(&mut self, day: Day, failed: bool) {
        let row = Count::one(failed);
        match self.0.last_mut() {
            Some((last, rows)) if *last == day => *rows += row,
            _ => match self.0.binary_search_by_key(&day, |(day, _)| *day) {
                Ok(at) => self.0[at].1 += row,
                Err(at) => self.0.insert(at, (day, row)),
            },
        }
    }

    /// Returns the rows of a day.
    pub fn of(&self, day: Day) -> u64 {
        self.0.binary_search_by_key(&day, |(day, _)| *day).map_or(0, |at| self.0[at].1.count)
    }

    /// Returns each day that has rows, with their number.
    pub fn iter(&self) -> impl Iterator<Item = (Day, u64)> {
        self.0.iter().map(|(day, rows)| (*day, rows.count))
    }

    /// Returns each day that has rows, with their number and that of those that failed.
    pub fn counts(&self) -> impl Iterator<Item = (Day, Count)> {
        self.0.iter().copied()
    }

    /// Returns the rows of all days.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, rows)| rows.count).sum()
    }

    /// Returns the rows of all days whose result is failed.
    pub fn failed(&self) -> u64 {
        self.0.iter().map(|(_, rows)| rows.failed).sum()
    }

    /// Returns the first and the last day of each series of days without a gap, in ascending order.
    pub fn runs(&self) -> impl Iterator<Item = (Day, Day)> {
        self.0.chunk_by(|(day, _), (next, _)| day.next() == *next).map(|run| (run[0].0, run[run.len() - 1].0))
    }

    /// Returns the stored form: the day of the month, the rows, and those that failed, if any: `03:120/2 04:7`.
    pub fn to_text(&self) -> String {
        let text = |(day, Count { count, failed }): (Day, Count)| {
            let failed = if failed > 0 { format!("/{failed}") } else { String::new() };
            format!("{}:{count}{failed}", &day.to_string()[8..])
        };
        self.counts().map(text).collect::<Vec<_>>().join(" ")
    }

    /// Reads the stored form; `None` if it is not exactly that of rows of days of this month.
    pub fn from_text(month: Month, text: &str) -> Option<Self> {
        let day_of = |text: &str| {
            let (day, rows) = text.split_once(':')?;
            let (count, failed) = rows.split_once('/').unwrap_or((rows, "0"));
            let count = Count { count: count.parse().ok()?, failed: failed.parse().ok()? };
            Some((format!("{month}-{day}").parse().ok()?, count))
        };
        let days: Vec<(Day, Count)> = text.split(' ').map(day_of).collect::<Option<_>>()?;
        let is_ascending = days.is_sorted_by(|(day, _), (next, _)| day < next);
        let total = days.iter().try_fold(0_u64, |total, (_, rows)| total.checked_add(rows.count));
        let is_sound =
            is_ascending && total.is_some() && days.iter().all(|(_, rows)| rows.count > 0 && rows.failed <= rows.count);
        let found = Self(days);
        (is_sound && found.to_text() == text).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn rows_in_any_order_are_counted_by_their_days() {
        let mut days = DayRows::default();
        for text in ["2026-11-03", "2026-11-03", "2026-11-30", "2026-11-01", "2026-11-30", "2026-11-04"] {
            days.add(day(text), text.ends_with("03"));
        }
        assert_eq!(days.to_text(), "01:1 03:2/2 04:1 30:2");
        assert_eq!((days.of(day("2026-11-30")), days.of(day("2026-11-02"))), (2, 0));
        assert_eq!((days.total(), days.failed()), (6, 2));
        let runs: Vec<_> = days.runs().map(|(first, last)| format!("{first} {last}")).collect();
        assert_eq!(runs, ["2026-11-01 2026-11-01", "2026-11-03 2026-11-04", "2026-11-30 2026-11-30"]);
    }

    #[test]
    fn only_the_exact_text_of_days_of_the_month_is_read() {
        let read = |text: &str| DayRows::from_text(day("2024-02-01").month(), text);
        for text in ["01:1", "03:120 04:7", "03:120/120 04:7/1", "29:18446744073709551615"] {
            assert_eq!(read(text).map(|days| days.to_text()).as_deref(), Some(text));
        }
        for text in [
            "",
            " ",
            "3:1",
            "03:0",
            "03:01",
            "03:+1",
            "03:-1",
            "03",
            "03:1 03:1",
            "04:1 03:1",
            "30:1",
            "00:1",
            "03:1 ",
            "03:1  04:1",
            "03:1,04:1",
            "28:18446744073709551615 29:1",
            "03:1/2",
            "03:1/0",
            "03:1/",
            "03:1/1/1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
