//! The entries of a segment's footer: the version of the format, the segment's place in its batch or merge, and its
//! ranges.

use audit_core::{FORMAT, Footer, Seq, Totals, WrittenBy};
use parquet::file::metadata::FileMetaData;

use super::ranges;
use crate::keys;

/// A file in another version of the format.
#[derive(Debug, thiserror::Error)]
#[error("it has the format {0}, and this version of the service reads the format {FORMAT} only")]
pub(crate) struct OtherFormat(String);

/// Checks the format that a footer states; the first version stated none.
pub(crate) fn check_format(entry: Option<&str>) -> Result<(), OtherFormat> {
    let found = entry.unwrap_or("1");
    if found == FORMAT.to_string() { Ok(()) } else { Err(OtherFormat(found.to_owned())) }
}

/// Returns the value of a footer entry.
pub(crate) fn entry<'a>(file: &'a FileMetaData, key: &str) -> Option<&'a str> {
    file.key_value_metadata()?.iter().find(|entry| entry.key == key)?.value.as_deref()
}

/// Returns the entries of a footer.
pub(crate) fn entries(footer: &Footer) -> Vec<(&'static str, String)> {
    let mut entries = vec![
        (keys::FOOTER_FORMAT, FORMAT.to_string()),
        (keys::FOOTER_ORG, footer.org_id.to_string()),
        (keys::FOOTER_FIRST_SEQ, footer.first_seq.to_string()),
        (keys::FOOTER_ROWS, footer.rows.to_string()),
        match footer.written_by {
            WrittenBy::Batch(first_seq) => (keys::FOOTER_BATCH, first_seq.to_string()),
            WrittenBy::Merge(number) => (keys::FOOTER_MERGE, number.to_string()),
        },
        (keys::FOOTER_INDEX, footer.index.to_string()),
        (keys::FOOTER_RAW_BYTES, footer.raw_bytes.to_string()),
        (keys::FOOTER_RANGES, ranges::to_text(&footer.ranges)),
    ];
    if let Some(Totals { rows, segments }) = footer.totals {
        entries.push((keys::FOOTER_TOTAL_ROWS, rows.to_string()));
        entries.push((keys::FOOTER_TOTAL_SEGMENTS, segments.to_string()));
    }
    entries
}

/// Reads a footer.
pub(crate) fn read(file: &FileMetaData) -> Option<Footer> {
    let number = |key| entry(file, key)?.parse().ok();
    let totals = number(keys::FOOTER_TOTAL_ROWS).zip(number(keys::FOOTER_TOTAL_SEGMENTS));
    Some(Footer {
        org_id: entry(file, keys::FOOTER_ORG)?.parse().ok()?,
        first_seq: Seq(number(keys::FOOTER_FIRST_SEQ)?),
        rows: number(keys::FOOTER_ROWS)?,
        written_by: match (number(keys::FOOTER_BATCH), number(keys::FOOTER_MERGE)) {
            (Some(first_seq), None) => WrittenBy::Batch(Seq(first_seq)),
            (None, Some(number)) => WrittenBy::Merge(number),
            _ => return None,
        },
        index: number(keys::FOOTER_INDEX)?,
        totals: totals.map(|(rows, segments)| Totals { rows, segments }),
        raw_bytes: number(keys::FOOTER_RAW_BYTES)?,
        ranges: ranges::from_text(entry(file, keys::FOOTER_RANGES)?)?,
    })
}
