//! Segments that are written again with other values, and with every checksum right.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BinaryArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use audit_core::{CompactRange, LeafFields, Seed, Seq, UnixMicros, flat};
use audit_segments::keys;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::metadata::KeyValue;

/// A column: its name, its values, and whether it may be null.
pub(crate) type Column = (String, ArrayRef, bool);

/// The leaves of a rewritten segment, as its footer states them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// Those of the segment as it was.
    AsBefore,
    /// Those of the rows that it has now.
    OfItsRows,
}

/// Writes a segment again, of one batch, with other columns.
pub(crate) fn rewritten(file: Vec<u8>, change: impl Fn(Vec<Column>) -> Vec<Column>, leaves: Leaves) -> Vec<u8> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file)).unwrap();
    let entries = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let [batch] = reader.build().unwrap().collect::<Result<Vec<_>, _>>().unwrap().try_into().unwrap();
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| (field.name().clone(), Arc::clone(column), field.is_nullable()));
    let batch = RecordBatch::try_from_iter_with_nullable(change(columns.collect())).unwrap();
    let options = ArrowWriterOptions::new().with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.flush().unwrap();
    writer.sync().unwrap();
    let sums: Vec<u8> = writer.inner().chunks(64 * 1024).flat_map(|block| crc32c(block).to_le_bytes()).collect();
    let end = writer.inner().len().to_string();
    for KeyValue { key, value } in entries {
        let value = match key.as_str() {
            keys::FOOTER_BLOCKS_END => Some(end.clone()),
            keys::FOOTER_BLOCKS_CRC32C => Some(BASE64_STANDARD.encode(&sums)),
            keys::FOOTER_RANGES if leaves == Leaves::OfItsRows => value.map(|value| range_of(&value, &batch)),
            _ => value,
        };
        writer.append_key_value_metadata(KeyValue { key, value });
    }
    writer.into_inner().unwrap()
}

/// The entry of the segment's one range, with the digest of its rows.
fn range_of(entry: &str, batch: &RecordBatch) -> String {
    let mut range = BASE64_STANDARD.decode(entry).unwrap();
    let column = |name: &str| batch.column_by_name(name).unwrap();
    let text = |name: &str, row: usize| {
        let texts: &StringArray = column(name).as_string();
        texts.is_valid(row).then(|| texts.value(row))
    };
    let seqs: &Int64Array = column("seq").as_primitive::<Int64Type>();
    let ingested_at: &TimestampMicrosecondArray = column("ingested_at").as_primitive::<TimestampMicrosecondType>();
    let seed = Seed(range[13..45].try_into().unwrap());
    let mut leaves = CompactRange::new(Seq(seqs.value(0) as u64));
    for row in 0..batch.num_rows() {
        let fields = LeafFields {
            id: text("id", row).unwrap().parse().unwrap(),
            ingested_at: UnixMicros::new(ingested_at.value(row)),
            org_id: text("org_id", row).unwrap(),
            texts: flat::NAMES.map(|name| text(name, row)),
        };
        leaves.push(fields.leaf(&seed.salt(Seq(seqs.value(row) as u64))).unwrap());
    }
    range[45..].copy_from_slice(&leaves.digest().0);
    BASE64_STANDARD.encode(range)
}

/// CRC-32C, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| (crc >> 1) ^ (0x82F6_3B78 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

/// The columns with another text in one row.
pub(crate) fn with_text(columns: Vec<Column>, name: &str, row: usize, text: Option<&str>) -> Vec<Column> {
    with(columns, name, |values| {
        let values: &StringArray = values.as_string();
        let texts = values.iter().enumerate().map(|(at, was)| if at == row { text } else { was });
        Arc::new(texts.collect::<StringArray>())
    })
}

/// The columns with one changed.
pub(crate) fn with(columns: Vec<Column>, name: &str, change: impl Fn(&ArrayRef) -> ArrayRef) -> Vec<Column> {
    let changed = |(column, values, nullable): Column| {
        let values = if column == name { change(&values) } else { values };
        (column, values, nullable)
    };
    columns.into_iter().map(changed).collect()
}

/// A column of salts with one in the row `row`.
pub(crate) fn salts(rows: usize, row: usize, salt: &[u8]) -> ArrayRef {
    Arc::new((0..rows).map(|at| (at == row).then_some(salt)).collect::<BinaryArray>())
}
