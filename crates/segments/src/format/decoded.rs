//! Every row of a file is decoded, and compared with the digests in the footer: of a file that was just encoded, and of
//! one that was published.
//!
//! The leaves of the decoded rows must have the digest that the writer computed from the events. So an error of an
//! encoder is noticed while the events are still hot and have no numbers yet.

use arrow::array::{Array as _, BinaryArray, Int64Array, TimestampMicrosecondArray};
use audit_core::{
    Footer, LeafFields, SegmentLeaves, SegmentRange, Seq, Sha256, UnixMicros,
    address::canonical_text,
    flat,
    invariants::{footer_unchanged, row_unchanged},
};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::file::CHUNK_ROWS;
use super::footer;
use super::rows::{Columns, text};
use crate::error::{SegmentError, misencoded, unreadable};

/// Raw bytes of the rows that are decoded at once, on average.
const DECODED_BYTES: u64 = 1024 * 1024;

/// Compares a file, which will be published under `key`, with the footer that it was written with.
///
/// # Errors
/// [`SegmentError::Misencoded`], or the file cannot be read.
pub(super) fn compare(key: &str, file: &Bytes, written: &Footer) -> Result<(), SegmentError> {
    let metadata = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    footer_unchanged(footer::read(metadata.metadata().file_metadata()).as_ref(), written).map_err(misencoded(key))?;
    read(key, file, &metadata, &written.ranges, |_| {})
}

/// Returns the leaves of the rows of a published file, in the order of the rows.
///
/// # Errors
/// [`SegmentError::Altered`] if they do not have the digests in its footer, or the file cannot be read.
pub(crate) fn leaves(key: &str, file: &Bytes) -> Result<Vec<Sha256>, SegmentError> {
    let metadata =
        ArrowReaderMetadata::load(file, ArrowReaderOptions::new()).map_err(|error| unreadable(key, error))?;
    let footer = footer::read(metadata.metadata().file_metadata());
    let footer = footer.ok_or_else(|| unreadable(key, "its footer does not state its place"))?;
    let mut leaves = Vec::new();
    match read(key, file, &metadata, &footer.ranges, |leaf| leaves.push(leaf)) {
        Ok(()) => Ok(leaves),
        Err(SegmentError::Misencoded { source, .. }) => Err(SegmentError::Altered(source)),
        Err(SegmentError::Encode(error)) => Err(unreadable(key, error)),
        Err(error) => Err(error),
    }
}

/// Compares every row of a file with the digests of its ranges; passes each leaf on.
fn read(
    key: &str,
    file: &Bytes,
    metadata: &ArrowReaderMetadata,
    ranges: &[SegmentRange],
    mut each: impl FnMut(Sha256),
) -> Result<(), SegmentError> {
    let mut leaves = SegmentLeaves::new(ranges);
    for (number, group) in metadata.metadata().row_groups().iter().enumerate() {
        let average = (group.total_byte_size().max(1) as u64).div_ceil(group.num_rows().max(1) as u64);
        let rows = usize::try_from(DECODED_BYTES / average).unwrap_or(CHUNK_ROWS).clamp(1, CHUNK_ROWS);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file.clone(), metadata.clone());
        for batch in reader.with_row_groups(vec![number]).with_batch_size(rows).build()? {
            let batch = batch.map_err(ParquetError::from)?;
            add(&Columns { key, batch: &batch }, &mut leaves, &mut each)?;
        }
    }
    leaves.finish().map(|_| ()).map_err(misencoded(key))
}

/// Adds the leaves of the rows of a batch, and compares the columns that no leaf covers.
fn add(
    columns: &Columns<'_>,
    leaves: &mut SegmentLeaves<'_>,
    each: &mut impl FnMut(Sha256),
) -> Result<(), SegmentError> {
    let seqs: &Int64Array = columns.array("seq")?;
    let occurred_at: &TimestampMicrosecondArray = columns.array("occurred_at")?;
    let occurred_at_us: &Int64Array = columns.array("occurred_at_us")?;
    let ingested_at: &TimestampMicrosecondArray = columns.array("ingested_at")?;
    let salts: &BinaryArray = columns.array("salt")?;
    let (orgs, ips, addresses) = (columns.texts("org_id")?, columns.texts("ip")?, columns.texts("ip_addresses")?);
    let texts = flat::NAMES.iter().map(|name| columns.texts(name)).collect::<Result<Vec<_>, _>>()?;
    for (row, id) in columns.ids()?.into_iter().enumerate() {
        let salt = (!salts.is_null(row)).then(|| salts.value(row));
        let fields = LeafFields {
            id,
            ingested_at: UnixMicros::new(ingested_at.value(row)),
            org_id: text(orgs, row).unwrap_or_default(),
            texts: std::array::from_fn(|at| text(texts[at], row)),
        };
        let instants = [occurred_at.value(row), occurred_at_us.value(row)].map(UnixMicros::new);
        let canonical = text(ips, row).and_then(canonical_text);
        let leaf = leaves.add(Seq(seqs.value(row).cast_unsigned()), salt, &fields).map_err(misencoded(columns.key))?;
        row_unchanged(id, instants, [text(addresses, row), canonical.as_deref()]).map_err(misencoded(columns.key))?;
        each(leaf);
    }
    Ok(())
}
