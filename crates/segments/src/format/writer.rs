//! Writes the rows of one segment of a batch, and numbers them.

use audit_core::{Event, Seed, Seq, WrittenBy};
use parquet::errors::ParquetError;

use super::file::{Encoded, FileWriter, Place, PlacedRow};
use crate::error::SegmentError;

/// The place of a segment in its batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchPlace {
    /// The first sequence number of the batch.
    pub first_seq: Seq,
    /// The segment's place in it, from 0.
    pub index: usize,
}

/// A segment under construction.
///
/// # Guarantees
/// Keeps its compressed pages and up to one row group in memory, for any number of rows.
///
/// # Examples
/// ```
/// use audit_core::{IdKey, Seed, Seq, UnixMicros, request};
/// use audit_segments::{BatchPlace, SegmentWriter};
///
/// let body = br#"{"occurred_at": "2026-11-17T10:00:00Z", "actor": {"id": "usr_1"},
///     "action": "member.invited", "result": "succeeded"}"#;
/// let now: UnixMicros = "2026-11-18T00:00:00Z".parse()?;
/// let new = request::read(body, None, now).map_err(|_| "an invalid event")?.remove(0);
/// let event = new.into_event("acme".parse()?, &IdKey::new([7; 32]), now, 0);
///
/// let place = BatchPlace { first_seq: Seq(0), index: 0 };
/// let mut writer = SegmentWriter::begin(&event, Seq(0), place, Seed([7; 32]))?;
/// writer.push(&event)?;
/// assert!(writer.finish(true)?.body.starts_with(b"PAR1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SegmentWriter {
    first_seq: Seq,
    seed: Seed,
    pub(super) file: FileWriter,
}

impl SegmentWriter {
    /// Begins a segment of the month of `first`, its first event. No other segment may have the `seed`.
    pub fn begin(first: &Event, first_seq: Seq, place: BatchPlace, seed: Seed) -> Result<Self, ParquetError> {
        let BatchPlace { first_seq: batch, index } = place;
        let place = Place { written_by: WrittenBy::Batch(batch), index, rows_before: first_seq.0 - batch.0 };
        Ok(Self { first_seq, seed, file: FileWriter::begin(first, place)? })
    }

    /// Reports whether the segment takes `next` too, whose id is after those of its events.
    pub fn takes(&self, next: &Event) -> bool {
        self.file.takes(self.first_seq, next)
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.file.rows()
    }

    /// Adds the next event; events come in the order of their ids.
    pub fn push(&mut self, event: &Event) -> Result<(), ParquetError> {
        let seq = self.first_seq.plus(self.rows());
        self.file.push(&PlacedRow { range: self.first_seq, seed: Some(self.seed), seq, salt: None, event })
    }

    /// Finishes the file on a separate thread, see [`Self::finish`].
    pub async fn finish_blocking(self, last_of_batch: bool) -> Result<Encoded, SegmentError> {
        self.file.finish_blocking(last_of_batch).await
    }

    /// Finishes the file; the last segment of a batch also carries the batch's rows and number of segments.
    ///
    /// # Errors
    /// Also if the file, decoded, does not contain the events.
    pub fn finish(self, last_of_batch: bool) -> Result<Encoded, SegmentError> {
        self.file.finish(last_of_batch)
    }
}

#[cfg(test)]
mod tests;
