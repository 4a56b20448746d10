//! Damage to a file: cut off at places of every kind, bytes changed, added, missing.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A damage at random places.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    Cut(Index),
    Flip(Vec<(Index, u8)>),
    Zero(Index, usize),
    Lose(Index, usize),
    Add(Index, Vec<u8>),
}

impl Damage {
    /// The damaged file.
    pub(crate) fn done_to(&self, whole: &[u8]) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        let range = |at: &Index, length: usize| {
            let start = at.index(whole.len());
            start..(start + length).min(whole.len())
        };
        match self {
            Self::Cut(at) => bytes.truncate(at.index(whole.len())),
            Self::Flip(bits) => bits.iter().for_each(|(at, bit)| bytes[at.index(whole.len())] ^= 1 << bit),
            Self::Zero(at, length) => bytes[range(at, *length)].fill(0),
            Self::Lose(at, length) => _ = bytes.drain(range(at, *length)),
            Self::Add(at, more) => _ = bytes.splice(range(at, 0), more.iter().copied()),
        }
        bytes
    }
}

/// One damage.
pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        2 => any::<Index>().prop_map(Damage::Cut),
        6 => vec((any::<Index>(), 0..8_u8), 1..4).prop_map(Damage::Flip),
        1 => (any::<Index>(), 1..5_000_usize).prop_map(|(at, length)| Damage::Zero(at, length)),
        1 => (any::<Index>(), 1..5_000_usize).prop_map(|(at, length)| Damage::Lose(at, length)),
        1 => (any::<Index>(), vec(any::<u8>(), 1..50)).prop_map(|(at, more)| Damage::Add(at, more)),
    ]
}

/// The places of a Parquet file that mean something: its magic at both ends, the footer's length and start, the pages.
pub(crate) fn places(whole: &[u8]) -> Vec<usize> {
    let end = whole.len();
    let mut length = [0; 4];
    length.copy_from_slice(&whole[end - 8..end - 4]);
    let footer = end - 8 - u32::from_le_bytes(length) as usize;
    let mut places = vec![0, 1, 3, 4, 5, 8, end / 2, end - 9, end - 8, end - 7, end - 5, end - 4, end - 3, end - 1];
    places.extend([footer - 1, footer, footer + 1, footer + (end - 8 - footer) / 2]);
    places.extend((1..12).map(|part| footer * part / 12));
    places
}
