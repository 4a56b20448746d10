//! The event id: a UUIDv7 that is the event's place in the total order.
//!
//! 48 bits of Unix milliseconds, 12 bits of the microseconds inside the millisecond as `floor(us * 4096 / 1000)`, and
//! 62 bits that tell events of one microsecond apart. So ids sort as `occurred_at` sorts, and the instant can be read
//! back from the id to the microsecond.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::span::Order;
use crate::time::UnixMicros;

const VERSION: u128 = 0x7 << 76;
const VARIANT: u128 = 0b10 << 62;
const TAIL: u128 = (1 << 62) - 1;

/// The id of an event, and its position: the place in the total order of an org's events.
///
/// *Guarantees*: sorts by `occurred_at` first; the text form sorts the same way.
/// *Source*: RFC 9562, section 5.7, and section 6.2, method 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u128);

impl EventId {
    /// Makes the id of an event that happened at `occurred_at`; of `tail` the low 62 bits count.
    pub const fn new(occurred_at: UnixMicros, tail: u64) -> Self {
        let millis = occurred_at.0.div_euclid(1000) as u128 & 0xFFFF_FFFF_FFFF;
        let sub = occurred_at.0.rem_euclid(1000) as u128 * 4096 / 1000;
        Self(millis << 80 | VERSION | sub << 64 | VARIANT | tail as u128 & TAIL)
    }

    /// The least id of an instant.
    pub const fn first_at(occurred_at: UnixMicros) -> Self {
        Self::new(occurred_at, 0)
    }

    /// Parses the canonical text: 36 lower-case characters.
    ///
    /// *Errors*: `None` for anything else, a UUID of another version or one whose time bits no event can have included.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = uuid::Uuid::try_parse(text).ok()?;
        let id = Self::from_bits(uuid.as_u128())?;
        (id.to_string() == text).then_some(id)
    }

    /// Reads an id from its 128 bits, `None` where no event can have it.
    pub fn from_bits(bits: u128) -> Option<Self> {
        let id = Self(bits);
        let exact = Self::new(id.occurred_at(), bits as u64) == id;
        (exact && id.occurred_at() <= UnixMicros::LATEST).then_some(id)
    }

    /// The 128 bits.
    pub fn bits(self) -> u128 {
        self.0
    }

    /// The instant the id was made from, exact to the microsecond.
    pub fn occurred_at(self) -> UnixMicros {
        let millis = (self.0 >> 80) as i64;
        let sub = (self.0 >> 64) as i64 & 0xFFF;
        UnixMicros(millis * 1000 + (sub * 1000 + 4095) / 4096)
    }

    /// The position right before this one in `order`: what has been examined when everything before this one has.
    pub fn before(self, order: Order) -> Self {
        let (tail, us) = ((self.0 & TAIL) as u64, self.occurred_at().0);
        match order {
            Order::Newest if u128::from(tail) == TAIL => Self::first_at(UnixMicros(us + 1)),
            Order::Newest => Self(self.0 + 1),
            Order::Oldest if tail == 0 => Self::new(UnixMicros(us - 1), u64::MAX),
            Order::Oldest => Self(self.0 - 1),
        }
    }

    /// The shard of the events table that holds the event.
    ///
    /// *Guarantees*: a function of the id alone, for ever: SHA-256 of the id's text, first 8 bytes, modulo [`SHARDS`].
    pub fn shard(self) -> u8 {
        let digest = Sha256::digest(self.to_string().as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        (u64::from_be_bytes(first) % u64::from(SHARDS)) as u8
    }
}

/// How many DynamoDB partitions an org's hot events are spread over. A constant of the stored format.
pub const SHARDS: u8 = 4;

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", uuid::Uuid::from_u128(self.0))
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_microsecond_of_a_millisecond_comes_back_exactly() {
        for us in 0..1000 {
            let at = UnixMicros(1_732_270_530_123_000 + us);
            let id = EventId::new(at, u64::MAX);
            assert_eq!(id.occurred_at(), at);
            assert_eq!(EventId::parse(&id.to_string()), Some(id));
        }
    }

    #[test]
    fn ids_sort_as_their_instants_whatever_their_tails() {
        let mut last = EventId::new(UnixMicros(946_684_800_000_000), u64::MAX);
        for us in (946_684_800_000_001..).step_by(333).take(10_000) {
            let next = EventId::new(UnixMicros(us), 0);
            assert!(last < next && last.to_string() < next.to_string());
            last = EventId::new(UnixMicros(us), u64::MAX);
        }
    }

    #[test]
    fn the_position_before_is_an_id_and_nothing_lies_between() {
        for (us, tail) in [(1_732_270_530_123_456, 5), (1_732_270_530_123_999, u64::MAX), (1_732_270_530_124_000, 0)] {
            let id = EventId::new(UnixMicros(us), tail);
            for (order, back) in [(Order::Newest, Order::Oldest), (Order::Oldest, Order::Newest)] {
                let before = id.before(order);
                assert!(order.before(before, id) && before.before(back) == id);
                assert_eq!(EventId::from_bits(before.bits()), Some(before));
            }
        }
    }

    #[test]
    fn an_id_is_a_uuid_of_version_7() {
        let id = EventId::new(UnixMicros(1_732_270_530_123_456), 5);
        assert_eq!(id.to_string(), "0193535e-9e4b-774b-8000-000000000005");
        assert_eq!(uuid::Uuid::from_u128(id.bits()).get_version_num(), 7);
        assert_eq!(id.shard(), 2);
    }

    #[test]
    fn a_uuid_that_no_event_can_have_is_refused() {
        let good = "0193535e-9e4b-774b-8000-000000000005";
        assert!(EventId::parse(good).is_some());
        for bad in [
            "0193535e-9e4b-474b-8000-000000000005",
            "0193535e-9e4b-774b-c000-000000000005",
            "0193535e-9e4b-7fff-8000-000000000005",
            "0193535E-9E4B-774B-8000-000000000005",
            "0193535e9e4b774b8000000000000005",
            // 9999-12-31T23:59:59.999Z is e677d21fdbff.
            "e677d21f-dc00-7000-8000-000000000000",
            "",
        ] {
            assert_eq!(EventId::parse(bad), None, "{bad}");
        }
    }
}
