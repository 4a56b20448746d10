//! A range of positions.

use crate::id::EventId;
use crate::limits::FIRST_INSTANT;
use crate::order::Order;
use crate::time::{Day, Month, UnixMicros};

/// A half-open range of positions: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its least position, as 128 bits.
    pub start: u128,
    /// The position after its greatest, as 128 bits.
    pub end: u128,
}

impl Span {
    /// Every position.
    pub const ALL: Self = Self { start: 0, end: u128::MAX };

    /// Returns the positions of the instants from `from` up to, but not including, `to`.
    pub fn between(from: Option<UnixMicros>, to: Option<UnixMicros>) -> Self {
        let bits = |at: UnixMicros| EventId::first_at(at.max(UnixMicros::EPOCH)).bits();
        Self { start: from.map_or(0, bits), end: to.map_or(u128::MAX, bits) }
    }

    /// Returns the positions of the UTC days from `first` to `last`, both included.
    pub fn of_days(first: Day, last: Day) -> Self {
        Self::between(Some(first.start()), Some(last.next().start()))
    }

    /// Returns the part strictly after `position` in `order`.
    pub fn after(self, position: EventId, order: Order) -> Self {
        match order {
            Order::Newest => Self { end: self.end.min(position.bits()), ..self },
            Order::Oldest => Self { start: self.start.max(position.bits() + 1), ..self },
        }
    }

    /// Returns the part up to and including `position` in `order`.
    pub fn through(self, position: EventId, order: Order) -> Self {
        match order {
            Order::Newest => Self { start: self.start.max(position.bits()), ..self },
            Order::Oldest => Self { end: self.end.min(position.bits() + 1), ..self },
        }
    }

    /// Returns the positions that are in both.
    pub fn and(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    /// Reports whether it contains no position.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Reports whether it contains `position`.
    pub fn contains(self, position: EventId) -> bool {
        (self.start..self.end).contains(&position.bits())
    }

    /// Reports whether it contains a position from `first` to `last`.
    pub fn overlaps(self, first: EventId, last: EventId) -> bool {
        !self.is_empty() && last.bits() >= self.start && first.bits() < self.end
    }

    /// Returns the first and the last month, up to `last_month`, in which events of the span can lie.
    pub fn months(self, last_month: Month) -> (Month, Month) {
        let month = |bits| EventId::millisecond_of(bits).max(FIRST_INSTANT).day().month();
        // The 48 bits of milliseconds of an open end would be a year that no calendar has.
        let last = if self.end == u128::MAX { last_month } else { month(self.end).min(last_month) };
        // The end is not part of the span: at the first position of a month, nothing of that month is.
        let is_reached = self.end > EventId::first_at(last.first_day().start()).bits();
        (month(self.start), if is_reached { last } else { last.previous() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(us: i64) -> EventId {
        EventId::first_at(UnixMicros::new(us))
    }

    #[test]
    fn from_is_inside_and_to_is_outside() {
        let span = Span::between(Some(UnixMicros::new(1_000)), Some(UnixMicros::new(2_000)));
        assert!(
            span.contains(at(1_000))
                && !span.contains(at(999))
                && span.contains(at(1_999))
                && !span.contains(at(2_000))
        );
        assert!(Span::between(Some(UnixMicros::new(5)), Some(UnixMicros::new(5))).is_empty());
    }

    #[test]
    fn after_is_strict_in_both_orders() {
        let all = Span::ALL;
        assert!(!all.after(at(5), Order::Newest).contains(at(5)) && all.after(at(5), Order::Newest).contains(at(4)));
        assert!(!all.after(at(5), Order::Oldest).contains(at(5)) && all.after(at(5), Order::Oldest).contains(at(6)));
        assert!(
            all.through(at(5), Order::Newest).contains(at(5)) && !all.through(at(5), Order::Newest).contains(at(4))
        );
        assert!(
            all.through(at(5), Order::Oldest).contains(at(5)) && !all.through(at(5), Order::Oldest).contains(at(6))
        );
    }
}
