//! Which rows a pass archives, and which of them are late, decided without I/O.

use audit_core::{Day, Head, Span, UnixMicros, limits::WAITING_ROWS};

/// The hot rows that a pass archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// None: the pass is not the day's first, and few rows wait.
    Nothing,
    /// The rows of the days before this one.
    DaysBefore(Day),
    /// All rows.
    All,
}

impl Scope {
    /// The scope of a pass on `today` while `waiting` rows wait.
    ///
    /// A quiet org gets one segment a day, a busy org keeps few hot rows, and a forced pass archives all rows.
    pub(crate) fn of(force: bool, head: &Head, today: Day, waiting: u64) -> Self {
        if force || waiting >= WAITING_ROWS {
            Self::All
        } else if daily_is_due(head, today) {
            Self::DaysBefore(today)
        } else {
            Self::Nothing
        }
    }

    /// The positions of these rows.
    pub(crate) fn span(self) -> Span {
        match self {
            Self::Nothing => Span::between(Some(Day(0).start()), Some(Day(0).start())),
            Self::DaysBefore(day) => Span::between(None, Some(day.start())),
            Self::All => Span::ALL,
        }
    }
}

/// Whether the past days are still to be archived on `today`.
///
/// A day in the future was noted by a worker whose clock was wrong. It is ignored: otherwise no past day would be
/// archived until then. Only tomorrow is accepted, since around midnight one clock may be a little ahead of another.
pub(crate) fn daily_is_due(head: &Head, today: Day) -> bool {
    head.daily.is_none_or(|daily| daily < today || daily > Day(today.0 + 1))
}

/// The instant before which rows are late: they belong to a day that was past when the past days were last archived, as
/// the head states it.
///
/// Late rows are few and may lie anywhere in the past, so they get segments of their own. Any instant is correct: the head
/// of a rebuilt ledger states none, and in the batch after it no row is late.
pub(crate) fn fresh_from(head: &Head) -> UnixMicros {
    head.daily.map_or(UnixMicros::EARLIEST, Day::start)
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
    fn a_row_is_late_if_its_day_was_past_when_the_past_days_were_last_archived() {
        let is_late = |daily, day| Day(day).start() < fresh_from(&Head { daily, ..Head::default() });
        assert_eq!([19_000, 19_999, 20_000, 20_001].map(|day| is_late(Some(TODAY), day)), [true, true, false, false]);
        assert_eq!([10_957, 19_999, 20_000].map(|day| is_late(None, day)), [false; 3]);
    }

    #[test]
    fn a_forced_pass_and_many_rows_take_all() {
        let head = Head { daily: Some(TODAY), ..Head::default() };
        assert_eq!(Scope::of(true, &head, TODAY, 0), Scope::All);
        assert_eq!(Scope::of(false, &head, TODAY, WAITING_ROWS), Scope::All);
    }
}
