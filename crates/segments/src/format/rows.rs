//! Rows of a segment: the columns, which are the same in every file, events to Arrow batches, and back.
//!
//! Flat, texts as plain strings and instants twice (as a timestamp for users and as a number for exactness), since
//! Athena, Spark, DuckDB and pyarrow all read that alike. `ip_addresses` is derived from `ip` for queries in these
//! engines: the canonical forms of the addresses in it, joined by commas. `salt` is empty unless a row has a salt of its
//! own instead of one derived from the seed in the footer.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayBuilder, BinaryBuilder, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray, TimestampMicrosecondBuilder, make_builder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use audit_core::{Event, EventId, OrgId, Seq, UnixMicros, address::canonical_text, flat, invariants::owned_by};

use super::file::CHUNK_ROWS;
use crate::error::{SegmentError, unreadable};
use Kind::{Bytes, Instant, Number, Text};

/// The type of a column.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Instant,
    Bytes,
}

/// The columns in order: name, type, and whether every row has a value.
///
/// Without the three columns named in [`Rows::push`], the texts are those of [`flat::NAMES`], in the same order.
const COLUMNS: [(&str, Kind, bool); 23] = [
    ("id", Text, true),
    ("org_id", Text, true),
    ("seq", Number, true),
    ("occurred_at", Instant, true),
    ("occurred_at_us", Number, true),
    ("ingested_at", Instant, true),
    ("actor_type", Text, true),
    ("actor_id", Text, true),
    ("actor_name", Text, false),
    ("actor_email", Text, false),
    ("action", Text, true),
    ("category", Text, true),
    ("target_type", Text, false),
    ("target_id", Text, false),
    ("target_name", Text, false),
    ("result", Text, true),
    ("failure_reason", Text, false),
    ("ip", Text, false),
    ("ip_addresses", Text, false),
    ("user_agent", Text, false),
    ("request_id", Text, false),
    ("details", Text, false),
    ("salt", Bytes, false),
];

/// The columns that events are read without.
const DERIVED: [&str; 4] = ["seq", "occurred_at", "ip_addresses", "salt"];

/// Returns the names of the columns, in order.
pub(crate) fn column_names() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|(name, ..)| *name)
}

/// Returns the names of the columns from which events are read.
pub(crate) fn event_column_names() -> impl Iterator<Item = &'static str> {
    column_names().filter(|name| !DERIVED.contains(name))
}

/// The Arrow schema of a segment.
pub(crate) static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields = COLUMNS.iter().map(|(name, kind, required)| {
        let kind = match kind {
            Text => DataType::Utf8,
            Number => DataType::Int64,
            Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Bytes => DataType::Binary,
        };
        Field::new(*name, kind, !required)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
});

/// Rows under construction, column by column.
pub(crate) struct Rows(Vec<Box<dyn ArrayBuilder>>);

impl Rows {
    pub(crate) fn new() -> Self {
        Self(SCHEMA.fields().iter().map(|field| make_builder(field.data_type(), CHUNK_ROWS)).collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0[0].len()
    }

    /// Adds an event with the salt that its row stores itself; returns the raw bytes of the row.
    pub(crate) fn push(&mut self, seq: Seq, salt: Option<&[u8]>, event: &Event) -> u64 {
        let id = event.id.to_string();
        let ip = event.context.as_ref().and_then(|context| context.ip.as_deref());
        let addresses = ip.and_then(canonical_text);
        let mut texts = event.texts().into_iter();
        let mut raw_bytes = 0;
        for (name, column) in column_names().zip(&mut self.0) {
            let column = column.as_any_mut();
            if let Some(numbers) = column.downcast_mut::<Int64Builder>() {
                numbers.append_value(if name == "seq" { seq.0 as i64 } else { event.occurred_at.micros() });
                raw_bytes += 8;
            } else if let Some(instants) = column.downcast_mut::<TimestampMicrosecondBuilder>() {
                let instant = if name == "occurred_at" { event.occurred_at } else { event.ingested_at };
                instants.append_value(instant.micros());
                raw_bytes += 8;
            } else if let Some(builder) = column.downcast_mut::<StringBuilder>() {
                let text = match name {
                    "id" => Some(id.as_str()),
                    "org_id" => Some(event.org_id.as_str()),
                    "ip_addresses" => addresses.as_deref(),
                    _ => texts.next().flatten(),
                };
                builder.append_option(text);
                raw_bytes += 4 + text.map_or(0, |text| text.len() as u64);
            } else if let Some(salts) = column.downcast_mut::<BinaryBuilder>() {
                salts.append_option(salt);
                raw_bytes += 4 + salt.map_or(0, |salt| salt.len() as u64);
            }
        }
        raw_bytes
    }

    /// Returns the rows as a batch, and starts over.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(SCHEMA.clone(), self.0.iter_mut().map(|column| column.finish()).collect())
    }
}

/// The columns of one batch of a segment, by name.
pub(crate) struct Columns<'a> {
    pub(crate) key: &'a str,
    pub(crate) batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    pub(crate) fn array<A: Array + 'static>(&self, name: &str) -> Result<&'a A, SegmentError> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<A>());
        column.ok_or_else(|| unreadable(self.key, format!("the column {name} is missing or has another type")))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<&'a StringArray, SegmentError> {
        self.array(name)
    }

    pub(crate) fn ids(&self) -> Result<Vec<EventId>, SegmentError> {
        let texts = self.texts("id")?;
        let id = |row| text(texts, row).and_then(|text| text.parse().ok());
        (0..texts.len()).map(|row| id(row).ok_or_else(|| unreadable(self.key, "a row has an invalid id"))).collect()
    }

    /// Returns the events of the batch.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`], also if a row belongs to another org, or its instant is not the one in its id.
    pub(crate) fn events(&self, org_id: &OrgId) -> Result<Vec<Event>, SegmentError> {
        let (ids, orgs) = (self.ids()?, self.texts("org_id")?);
        let occurred: &Int64Array = self.array("occurred_at_us")?;
        let ingested: &TimestampMicrosecondArray = self.array("ingested_at")?;
        let columns = flat::NAMES.iter().map(|name| self.texts(name)).collect::<Result<Vec<_>, _>>()?;
        let mut events = Vec::with_capacity(ids.len());
        for (row, id) in ids.into_iter().enumerate() {
            let owner = text(orgs, row).and_then(|text| text.parse().ok());
            let owner = owner.ok_or_else(|| unreadable(self.key, "a row has an invalid org_id"))?;
            let texts = std::array::from_fn(|at| text(columns[at], row).map(str::to_owned));
            let event = Event::from_texts(id, owner, UnixMicros::new(ingested.value(row)), texts)
                .map_err(|malformed| unreadable(self.key, malformed))?;
            owned_by(org_id, &event).map_err(|violation| unreadable(self.key, violation))?;
            if occurred.value(row) != event.occurred_at.micros() {
                return Err(unreadable(self.key, "an instant is not the one in its id"));
            }
            events.push(event);
        }
        Ok(events)
    }
}

pub(crate) fn text(texts: &StringArray, row: usize) -> Option<&str> {
    (!texts.is_null(row)).then(|| texts.value(row))
}

#[cfg(test)]
mod tests;
