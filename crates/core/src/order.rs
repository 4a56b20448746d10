//! The two orders in which positions are walked.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
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
    /// Returns a number by which positions sort in this order, the first position having the least.
    pub fn rank(self, position: EventId) -> u128 {
        match self {
            Self::Newest => !position.bits(),
            Self::Oldest => position.bits(),
        }
    }

    /// Reports whether `a` comes strictly before `b` in this order.
    pub fn before(self, a: EventId, b: EventId) -> bool {
        self.rank(a) < self.rank(b)
    }
}

impl EventId {
    /// Returns the position right before this one in `order`: what has been examined when everything before it has.
    pub fn before(self, order: Order) -> Self {
        match order {
            Order::Newest => self.successor(),
            Order::Oldest => self.predecessor(),
        }
    }

    /// Returns the last position up to this one in `order` after which a span of `us` microseconds begins.
    pub(crate) fn rounded(self, us: i64, order: Order) -> Self {
        let start = |at: UnixMicros| UnixMicros::new(at.micros() - at.micros().rem_euclid(us));
        match order {
            Order::Newest => {
                let before = Self::first_at(start(self.occurred_at()));
                let is_exact = before == self || self.occurred_at().micros() > UnixMicros::LATEST.micros() - us;
                if is_exact { self } else { Self::first_at(UnixMicros::new(before.occurred_at().micros() + us)) }
            }
            Order::Oldest => Self::first_at(start(self.successor().occurred_at())).predecessor(),
        }
    }
}

/// The text of the API; a part of every cursor's digest.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        })
    }
}

impl FromStr for Order {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "newest" => Ok(Self::Newest),
            "oldest" => Ok(Self::Oldest),
            _ => Err(ParseError("newest or oldest")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixMicros;

    #[test]
    fn the_position_before_is_an_id_and_nothing_lies_between() {
        for (us, tail) in [(1_732_270_530_123_456, 5), (1_732_270_530_123_999, u64::MAX), (1_732_270_530_124_000, 0)] {
            let id = EventId::new(UnixMicros::new(us), tail);
            for (order, back) in [(Order::Newest, Order::Oldest), (Order::Oldest, Order::Newest)] {
                let before = id.before(order);
                assert!(order.before(before, id) && before.before(back) == id);
                assert_eq!(EventId::from_bits(before.bits()), Some(before));
            }
        }
    }

    #[test]
    fn ranks_sort_positions_in_their_order() {
        let ids = [3, 1, 2].map(|us| EventId::first_at(UnixMicros::new(us)));
        let sorted = |order: Order| {
            let mut sorted = ids;
            sorted.sort_by_key(|id| order.rank(*id));
            sorted.map(|id| id.occurred_at().micros())
        };
        assert_eq!((sorted(Order::Newest), sorted(Order::Oldest)), ([3, 2, 1], [1, 2, 3]));
        assert_eq!("oldest".parse(), Ok(Order::Oldest));
        assert_eq!(Order::Newest.to_string(), "newest");
    }
}
