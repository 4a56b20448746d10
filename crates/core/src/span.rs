//! A range of positions, and the two orders it is walked in.

use std::cmp::Ordering;

use crate::id::EventId;
use crate::time::UnixMicros;

/// The order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the newest event to the oldest.
    Newest,
    /// From the oldest event to the newest.
    Oldest,
}

impl Order {
    /// The text of the API; a part of every cursor's digest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }

    /// Whether `a` comes strictly before `b` in this order.
    pub fn before(self, a: EventId, b: EventId) -> bool {
        match self {
            Self::Newest => a > b,
            Self::Oldest => a < b,
        }
    }

    /// Compares two positions, the first in this order being the least.
    pub fn compare(self, a: EventId, b: EventId) -> Ordering {
        match self {
            Self::Newest => b.cmp(&a),
            Self::Oldest => a.cmp(&b),
        }
    }

    /// The one of two positions that comes first in this order.
    pub fn earlier(self, a: EventId, b: EventId) -> EventId {
        if self.before(b, a) { b } else { a }
    }
}

/// A half-open range of positions: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u128,
    end: u128,
}

impl Span {
    /// Every position.
    pub const ALL: Self = Self { start: 0, end: u128::MAX };

    /// The positions of the instants from `from` up to, not including, `to`.
    pub fn between(from: Option<UnixMicros>, to: Option<UnixMicros>) -> Self {
        let bits = |at: UnixMicros| EventId::first_at(UnixMicros(at.0.max(0))).bits();
        Self { start: from.map_or(0, bits), end: to.map_or(u128::MAX, bits) }
    }

    /// Keeps what lies strictly after `position` in `order`.
    pub fn after(self, position: EventId, order: Order) -> Self {
        match order {
            Order::Newest => Self { end: self.end.min(position.bits()), ..self },
            Order::Oldest => Self { start: self.start.max(position.bits() + 1), ..self },
        }
    }

    /// Keeps what lies up to and including `position` in `order`.
    pub fn through(self, position: EventId, order: Order) -> Self {
        match order {
            Order::Newest => Self { start: self.start.max(position.bits()), ..self },
            Order::Oldest => Self { end: self.end.min(position.bits() + 1), ..self },
        }
    }

    /// Whether it holds no position.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether it holds `position`.
    pub fn holds(self, position: EventId) -> bool {
        (self.start..self.end).contains(&position.bits())
    }

    /// Whether it holds a position from `first` to `last`.
    pub fn overlaps(self, first: EventId, last: EventId) -> bool {
        !self.is_empty() && last.bits() >= self.start && first.bits() < self.end
    }

    /// Its least position, as 128 bits.
    pub fn start(self) -> u128 {
        self.start
    }

    /// The position behind its greatest, as 128 bits.
    pub fn end(self) -> u128 {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(us: i64) -> EventId {
        EventId::first_at(UnixMicros(us))
    }

    #[test]
    fn from_is_inside_and_to_is_outside() {
        let span = Span::between(Some(UnixMicros(1_000)), Some(UnixMicros(2_000)));
        assert!(span.holds(at(1_000)) && !span.holds(at(999)) && span.holds(at(1_999)) && !span.holds(at(2_000)));
        assert!(Span::between(Some(UnixMicros(5)), Some(UnixMicros(5))).is_empty());
    }

    #[test]
    fn after_is_strict_in_both_orders() {
        let all = Span::ALL;
        assert!(!all.after(at(5), Order::Newest).holds(at(5)) && all.after(at(5), Order::Newest).holds(at(4)));
        assert!(!all.after(at(5), Order::Oldest).holds(at(5)) && all.after(at(5), Order::Oldest).holds(at(6)));
        assert!(all.through(at(5), Order::Newest).holds(at(5)) && !all.through(at(5), Order::Newest).holds(at(4)));
        assert!(all.through(at(5), Order::Oldest).holds(at(5)) && !all.through(at(5), Order::Oldest).holds(at(6)));
    }
}
