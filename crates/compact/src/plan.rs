//! What a pass archives: decided from what is known, without I/O.

use audit_core::{Day, Head, Span, limits::WAITING_ROWS};

/// Which hot rows a pass archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// None: it is neither the day's first pass nor do many rows wait.
    Nothing,
    /// Those of the days before this one.
    DaysBefore(Day),
    /// All.
    All,
}

impl Scope {
    /// What a pass on `today` archives where `waiting` rows wait.
    ///
    /// *Guarantees*: a quiet org gets one segment a day; a busy one keeps its hot rows few; a forced pass takes all.
    pub fn of(force: bool, head: &Head, today: Day, waiting: u64) -> Self {
        if force || waiting >= WAITING_ROWS {
            Self::All
        } else if daily_is_due(head, today) {
            Self::DaysBefore(today)
        } else {
            Self::Nothing
        }
    }

    /// The positions of these rows.
    pub fn span(self) -> Span {
        match self {
            Self::Nothing => Span::between(Some(Day(0).start()), Some(Day(0).start())),
            Self::DaysBefore(day) => Span::between(None, Some(day.start())),
            Self::All => Span::ALL,
        }
    }
}

/// Whether the past days are still to be archived on `today`.
///
/// A noted day that lies ahead was noted by a worker whose clock was wrong. It counts for nothing, or no past day would be
/// archived until then. Tomorrow alone counts: around midnight a clock may be a little ahead of another.
pub fn daily_is_due(head: &Head, today: Day) -> bool {
    head.daily.is_none_or(|daily| daily < today || daily > Day(today.0 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day(20_000);

    #[test]
    fn past_days_are_archived_once_a_day() {
        let on = |daily| Scope::of(false, &Head { daily, ..Head::default() }, TODAY, WAITING_ROWS - 1);
        assert_eq!(on(None), Scope::DaysBefore(TODAY));
        assert_eq!(on(Some(Day(19_999))), Scope::DaysBefore(TODAY));
        assert_eq!(on(Some(TODAY)), Scope::Nothing);
        assert!(Scope::Nothing.span().is_empty());
    }

    #[test]
    fn a_day_that_was_noted_by_a_clock_far_ahead_stops_no_daily_pass() {
        let is_due = |daily| daily_is_due(&Head { daily: Some(Day(daily)), ..Head::default() }, TODAY);
        assert_eq!([19_999, 20_000, 20_001, 20_002, 20_400].map(is_due), [true, false, false, true, true]);
    }

    #[test]
    fn a_forced_pass_and_many_rows_take_all() {
        let head = Head { daily: Some(TODAY), ..Head::default() };
        assert_eq!(Scope::of(true, &head, TODAY, 0), Scope::All);
        assert_eq!(Scope::of(false, &head, TODAY, WAITING_ROWS), Scope::All);
    }
}
