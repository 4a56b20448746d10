//! The ranges of sequence numbers in a segment's footer.
//!
//! Base64 of 77 bytes for each range, in ascending order, integers big-endian:
//!
//! ```text
//! first_seq u64 ‖ rows u32 ‖ (01 ‖ seed[32] | 00 ‖ 0[32]) ‖ digest[32]
//! ```

use audit_core::limits::SEGMENT_RANGES;
use audit_core::{Seed, SegmentRange, Seq, Sha256};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Bytes of one range.
const RANGE_BYTES: usize = 8 + 4 + 1 + 32 + 32;

/// Returns the footer entry of ranges.
pub(super) fn to_text(ranges: &[SegmentRange]) -> String {
    let mut bytes = Vec::with_capacity(ranges.len() * RANGE_BYTES);
    for range in ranges {
        bytes.extend(range.first_seq.0.to_be_bytes());
        // A segment has far fewer rows; more would not be read back.
        bytes.extend(u32::try_from(range.rows).unwrap_or_default().to_be_bytes());
        bytes.push(range.seed.is_some().into());
        bytes.extend(range.seed.map_or([0; 32], |seed| seed.0));
        bytes.extend(range.digest.0);
    }
    BASE64_STANDARD.encode(bytes)
}

/// Reads a footer entry; `None` unless it contains up to [`SEGMENT_RANGES`] ranges with rows, each after the one before.
pub(super) fn from_text(text: &str) -> Option<Vec<SegmentRange>> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let (ranges, []) = bytes.as_chunks::<RANGE_BYTES>() else { return None };
    let ranges = ranges.iter().map(|bytes| range(bytes)).collect::<Option<Vec<_>>>()?;
    let ascend = |pair: &[SegmentRange]| pair[0].first_seq.0.checked_add(pair[0].rows) <= Some(pair[1].first_seq.0);
    let fits = (1..=SEGMENT_RANGES).contains(&ranges.len()) && ranges.windows(2).all(ascend);
    fits.then_some(ranges)
}

fn range(bytes: &[u8]) -> Option<SegmentRange> {
    let (first_seq, rest) = bytes.split_first_chunk()?;
    let (rows, rest) = rest.split_first_chunk()?;
    let (has_seed, rest) = rest.split_first()?;
    let (seed, rest) = rest.split_first_chunk()?;
    let seed = match has_seed {
        1 => Some(Seed(*seed)),
        0 if *seed == [0; 32] => None,
        _ => return None,
    };
    let (first_seq, rows) = (u64::from_be_bytes(*first_seq), u64::from(u32::from_be_bytes(*rows)));
    let fits = rows > 0 && first_seq.checked_add(rows).is_some_and(|end| i64::try_from(end).is_ok());
    fits.then_some(SegmentRange { first_seq: Seq(first_seq), rows, seed, digest: Sha256(rest.try_into().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first_seq: u64, rows: u64, seed: Option<u8>) -> SegmentRange {
        let seed = seed.map(|byte| Seed([byte; 32]));
        SegmentRange { first_seq: Seq(first_seq), rows, seed, digest: Sha256([0xD1; 32]) }
    }

    #[test]
    fn the_bytes_of_a_range_never_change() {
        let bytes =
            BASE64_STANDARD.decode(to_text(&[range(0x0102, 0x0304, Some(0xEE)), range(0x1000, 1, None)])).unwrap();
        let expected = [
            [0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 1].as_slice(),
            &[0xEE; 32],
            &[0xD1; 32],
            &[0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 1, 0],
            &[0; 32],
            &[0xD1; 32],
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn up_to_1024_ranges_come_back() {
        for count in [1, 2, SEGMENT_RANGES] {
            let ranges: Vec<_> =
                (0..count as u64).map(|at| range(10 * at, 1 + at % 10, (at % 3 > 0).then_some(1))).collect();
            assert_eq!(from_text(&to_text(&ranges)), Some(ranges));
        }
        let last = range(i64::MAX as u64 - 1, 1, None);
        assert_eq!(from_text(&to_text(std::slice::from_ref(&last))), Some(vec![last]));
    }

    #[test]
    fn ranges_that_no_segment_has_are_refused() {
        let many: Vec<_> = (0..=SEGMENT_RANGES as u64).map(|at| range(at, 1, None)).collect();
        for ranges in [
            vec![],
            many,
            vec![range(0, 0, None)],
            vec![range(5, 2, None), range(6, 1, None)],
            vec![range(5, 2, None), range(0, 1, None)],
            vec![range(i64::MAX as u64, 1, None)],
            vec![range(u64::MAX, 1, None)],
            vec![range(0, 1 << 32, None)],
        ] {
            assert_eq!(from_text(&to_text(&ranges)), None, "{} ranges", ranges.len());
        }
        let bytes = BASE64_STANDARD.decode(to_text(&[range(0, 1, None)])).unwrap();
        for cut in 0..bytes.len() {
            assert_eq!(from_text(&BASE64_STANDARD.encode(&bytes[..cut])), None, "the first {cut} bytes");
        }
        for (at, byte) in [(12, 1), (12, 2), (13, 9)] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            let found = from_text(&BASE64_STANDARD.encode(changed));
            assert_eq!(found.is_some(), byte == 1, "byte {at} is {byte}");
        }
        assert_eq!(from_text("no base64"), None);
    }
}
