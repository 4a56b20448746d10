//! How many rows of a segment lie in each UTC day of its month.

use crate::time::{Day, Month};

/// The rows of a segment by UTC day: only days that have rows, in ascending order.
///
/// # Examples
/// ```
/// use audit_core::DayRows;
///
/// let days = DayRows::from_text("2026-11".parse()?, "03:120 04:7").ok_or("not the rows of days")?;
/// assert_eq!((days.of("2026-11-04".parse()?), days.of("2026-11-05".parse()?), days.total()), (7, 0, 127));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayRows(Vec<(Day, u64)>);

impl DayRows {
    /// Adds a row of a day.
    pub fn add(&mut self, day: Day) {
        match self.0.last_mut() {
            Some((last, rows)) if *last == day => *rows += 1,
            _ => match self.0.binary_search_by_key(&day, |(day, _)| *day) {
                Ok(at) => self.0[at].1 += 1,
                Err(at) => self.0.insert(at, (day, 1)),
            },
        }
    }

    /// Returns the rows of a day.
    pub fn of(&self, day: Day) -> u64 {
        self.0.binary_search_by_key(&day, |(day, _)| *day).map_or(0, |at| self.0[at].1)
    }

    /// Returns each day that has rows, with their number.
    pub fn iter(&self) -> impl Iterator<Item = (Day, u64)> {
        self.0.iter().copied()
    }

    /// Returns the rows of all days.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, rows)| rows).sum()
    }

    /// Returns the first and the last day of each series of days without a gap, in ascending order.
    pub fn runs(&self) -> impl Iterator<Item = (Day, Day)> {
        self.0.chunk_by(|(day, _), (next, _)| day.next() == *next).map(|run| (run[0].0, run[run.len() - 1].0))
    }

    /// Returns the stored form: the day of the month and the rows, such as `03:120 04:7`.
    pub fn to_text(&self) -> String {
        let texts: Vec<_> = self.iter().map(|(day, rows)| format!("{}:{rows}", &day.to_string()[8..])).collect();
        texts.join(" ")
    }

    /// Reads the stored form; `None` if it is not exactly that of rows of days of this month.
    pub fn from_text(month: Month, text: &str) -> Option<Self> {
        let day_of = |text: &str| {
            let (day, rows) = text.split_once(':')?;
            Some((format!("{month}-{day}").parse().ok()?, rows.parse().ok()?))
        };
        let days: Vec<(Day, u64)> = text.split(' ').map(day_of).collect::<Option<_>>()?;
        let is_ascending = days.is_sorted_by(|(day, _), (next, _)| day < next);
        let total = days.iter().try_fold(0_u64, |total, (_, rows)| total.checked_add(*rows));
        let is_sound = is_ascending && total.is_some() && days.iter().all(|(_, rows)| *rows > 0);
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
            days.add(day(text));
        }
        assert_eq!(days.to_text(), "01:1 03:2 04:1 30:2");
        assert_eq!((days.of(day("2026-11-30")), days.of(day("2026-11-02")), days.total()), (2, 0, 6));
        let runs: Vec<_> = days.runs().map(|(first, last)| format!("{first} {last}")).collect();
        assert_eq!(runs, ["2026-11-01 2026-11-01", "2026-11-03 2026-11-04", "2026-11-30 2026-11-30"]);
    }

    #[test]
    fn only_the_exact_text_of_days_of_the_month_is_read() {
        let read = |text: &str| DayRows::from_text(day("2024-02-01").month(), text);
        for text in ["01:1", "03:120 04:7", "29:18446744073709551615"] {
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
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
