//! When a row group, a segment or a batch is full: what an archive pass decides while it writes.

use crate::limits::{
    ACTION_BYTES, BATCH_LEDGER_BYTES, BATCH_ROWS, BATCH_SEGMENTS, ROW_GROUP_RAW_BYTES, SEGMENT_ACTIONS,
    SEGMENT_RAW_BYTES, SEGMENT_ROWS,
};

/// The largest record that one segment can have in the ledger, in bytes.
const LARGEST_SEGMENT_ITEM: usize = 2_048 + SEGMENT_ACTIONS * ACTION_BYTES;

/// Reports whether a row group of `raw_bytes` is full.
pub fn row_group_is_full(raw_bytes: u64) -> bool {
    raw_bytes >= ROW_GROUP_RAW_BYTES
}

/// Reports whether a segment of `rows` and `raw_bytes` takes another row.
pub fn segment_takes_a_row(rows: u64, raw_bytes: u64) -> bool {
    rows < SEGMENT_ROWS && raw_bytes < SEGMENT_RAW_BYTES
}

/// Reports whether a batch of `rows` takes another row.
pub fn batch_takes_a_row(rows: u64) -> bool {
    rows < BATCH_ROWS
}

/// Reports whether a batch takes another segment after the one that is finished now.
///
/// The `staged` segments and their `ledger_bytes` do not include the finished one; `rows` does.
pub fn batch_takes_a_segment(staged: usize, ledger_bytes: usize, rows: u64) -> bool {
    staged + 1 < BATCH_SEGMENTS
        && ledger_bytes + 2 * LARGEST_SEGMENT_ITEM <= BATCH_LEDGER_BYTES
        && batch_takes_a_row(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_takes_250_000_rows_and_not_one_more() {
        assert!(segment_takes_a_row(249_999, 0) && !segment_takes_a_row(250_000, 0));
    }

    #[test]
    fn a_segment_of_128_mib_takes_no_further_row() {
        assert!(segment_takes_a_row(0, 134_217_727) && !segment_takes_a_row(0, 134_217_728));
    }

    #[test]
    fn a_row_group_closes_at_32_mib() {
        assert!(!row_group_is_full(33_554_431) && row_group_is_full(33_554_432));
    }

    #[test]
    fn a_batch_takes_1_000_000_rows_and_not_one_more() {
        assert!(batch_takes_a_row(999_999) && !batch_takes_a_row(1_000_000));
        assert!(batch_takes_a_segment(0, 0, 999_999) && !batch_takes_a_segment(0, 0, 1_000_000));
    }

    #[test]
    fn a_batch_takes_64_segments_and_not_one_more() {
        // The finished one is the 63rd, the 64th.
        assert!(batch_takes_a_segment(62, 0, 0) && !batch_takes_a_segment(63, 0, 0));
    }

    #[test]
    fn a_batch_closes_before_its_ledger_items_are_larger_than_256_kib() {
        let fits = 262_144 - 2 * LARGEST_SEGMENT_ITEM;
        assert!(batch_takes_a_segment(1, fits, 0) && !batch_takes_a_segment(1, fits + 1, 0));
    }
}
