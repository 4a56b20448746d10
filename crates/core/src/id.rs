//! The event id: a UUIDv7 that is the event's place in the total order.
//!
//! 48 bits of Unix milliseconds, 12 bits of the microseconds inside the millisecond as `floor(us * 4096 / 1000)`, and
//! 62 bits that distinguish events of one microsecond. So ids sort as `occurred_at` sorts, and the instant can be read
//! back from the id to the microsecond.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::error::ParseError;
use crate::sha256::Sha256;
use crate::time::UnixMicros;

const VERSION: u128 = 0x7 << 76;
const VARIANT: u128 = 0b10 << 62;
const TAIL: u128 = (1 << 62) - 1;
const MICROSECOND: Duration = Duration::from_micros(1);

/// The id of an event, and its position: the place in the total order of an org's events.
///
/// # Guarantees
/// Sorts by `occurred_at` first; its text sorts the same way (RFC 9562, section 5.7, and section 6.2, method 3).
///
/// # Examples
/// ```
/// use audit_core::{EventId, UnixMicros};
///
/// let id: EventId = "0193535e-9e4b-774b-8000-000000000005".parse()?;
/// assert_eq!(id.occurred_at().to_string(), "2024-11-22T10:15:30.123456Z");
/// assert!(id > EventId::first_at(id.occurred_at()));
/// # Ok::<(), audit_core::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u128);

impl EventId {
    /// Builds the id of an event that happened at `occurred_at`, from the low 62 bits of `tail`.
    pub const fn new(occurred_at: UnixMicros, tail: u64) -> Self {
        let millis = occurred_at.micros().div_euclid(1000) as u128 & 0xFFFF_FFFF_FFFF;
        let sub = occurred_at.micros().rem_euclid(1000) as u128 * 4096 / 1000;
        Self(millis << 80 | VERSION | sub << 64 | VARIANT | tail as u128 & TAIL)
    }

    /// Returns the least id of an instant.
    pub const fn first_at(occurred_at: UnixMicros) -> Self {
        Self::new(occurred_at, 0)
    }

    /// Returns the id with these 128 bits; `None` if no event can have it.
    pub fn from_bits(bits: u128) -> Option<Self> {
        let id = Self(bits);
        let exact = Self::new(id.occurred_at(), bits as u64) == id;
        (exact && id.occurred_at() <= UnixMicros::LATEST).then_some(id)
    }

    /// Returns the 128 bits.
    pub fn bits(self) -> u128 {
        self.0
    }

    /// Returns the instant of the event, exact to the microsecond.
    pub fn occurred_at(self) -> UnixMicros {
        let millis = (self.0 >> 80) as i64;
        let sub = (self.0 >> 64) as i64 & 0xFFF;
        UnixMicros::new(millis * 1000 + (sub * 1000 + 4095) / 4096)
    }

    /// Returns the next position after this one.
    pub(crate) fn successor(self) -> Self {
        if self.0 & TAIL == TAIL { Self::first_at(self.occurred_at().plus(MICROSECOND)) } else { Self(self.0 + 1) }
    }

    /// Returns the last position before this one.
    pub(crate) fn predecessor(self) -> Self {
        let before = UnixMicros::new(self.occurred_at().micros() - 1);
        if self.0 & TAIL == 0 { Self::new(before, u64::MAX) } else { Self(self.0 - 1) }
    }

    /// Returns the instant of the millisecond that contains a position, given as 128 bits.
    pub(crate) fn millisecond_of(bits: u128) -> UnixMicros {
        UnixMicros::new((bits >> 80) as i64 * 1000)
    }

    /// Returns the shard of the events table that contains the event.
    ///
    /// # Guarantees
    /// Depends on the id only, and never changes: the first 8 bytes of SHA-256 over the id's text, modulo [`SHARDS`].
    pub fn shard(self) -> u8 {
        let first = Sha256::of(self.to_string().as_bytes()).first_8();
        (u64::from_be_bytes(first) % u64::from(SHARDS)) as u8
    }
}

/// The number of DynamoDB partitions of an org's hot events. A constant of the stored format.
pub const SHARDS: u8 = 4;

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", uuid::Uuid::from_u128(self.0))
    }
}

/// Accepts the canonical text only: 36 lower-case characters, and time bits that an event can have.
impl FromStr for EventId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let id = uuid::Uuid::try_parse(text).ok().and_then(|uuid| Self::from_bits(uuid.as_u128()));
        id.filter(|id| id.to_string() == text).ok_or(ParseError("the id of an event, a UUID of version 7"))
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
            let at = UnixMicros::new(1_732_270_530_123_000 + us);
            let id = EventId::new(at, u64::MAX);
            assert_eq!(id.occurred_at(), at);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn ids_sort_as_their_instants_whatever_their_tails() {
        let mut last = EventId::new(UnixMicros::new(946_684_800_000_000), u64::MAX);
        for us in (946_684_800_000_001..).step_by(333).take(10_000) {
            let next = EventId::new(UnixMicros::new(us), 0);
            assert!(last < next && last.to_string() < next.to_string());
            last = EventId::new(UnixMicros::new(us), u64::MAX);
        }
    }

    #[test]
    fn an_id_is_a_uuid_of_version_7() {
        let id = EventId::new(UnixMicros::new(1_732_270_530_123_456), 5);
        assert_eq!(id.to_string(), "0193535e-9e4b-774b-8000-000000000005");
        assert_eq!(uuid::Uuid::from_u128(id.bits()).get_version_num(), 7);
        assert_eq!(id.shard(), 2);
    }

    #[test]
    fn a_uuid_that_no_event_can_have_is_refused() {
        let good = "0193535e-9e4b-774b-8000-000000000005";
        assert!(good.parse::<EventId>().is_ok());
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
            assert!(bad.parse::<EventId>().is_err(), "{bad}");
        }
    }
}
