//! Events as rows of an Arrow batch.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder};
use arrow::error::ArrowError;
use audit_core::{Details, Event, Seq, address::canonical_text};

use crate::columns::{NAMES, SCHEMA};

/// A column under construction.
enum Column {
    Text(StringBuilder),
    Number(Int64Builder),
    Instant(TimestampMicrosecondBuilder),
}

/// Rows under construction.
pub(crate) struct Rows {
    columns: Vec<Column>,
    count: usize,
}

impl Rows {
    pub(crate) fn new() -> Self {
        let columns = NAMES.map(|name| match name {
            "seq" | "occurred_at_us" => Column::Number(Int64Builder::new()),
            "occurred_at" | "ingested_at" => Column::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            _ => Column::Text(StringBuilder::new()),
        });
        Self { columns: columns.into(), count: 0 }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Adds an event; gives the raw bytes of the row.
    pub(crate) fn push(&mut self, seq: Seq, event: &Event) -> u64 {
        let id = event.id.to_string();
        let ip = event.context.as_ref().and_then(|context| context.ip.as_deref());
        let addresses = ip.and_then(canonical_text);
        let mut raw_bytes = 0;
        for (name, column) in NAMES.iter().zip(&mut self.columns) {
            match column {
                Column::Number(builder) => {
                    let number = if *name == "seq" { seq.0 as i64 } else { event.occurred_at.0 };
                    builder.append_value(number);
                    raw_bytes += 8;
                }
                Column::Instant(builder) => {
                    let instant = if *name == "occurred_at" { event.occurred_at } else { event.ingested_at };
                    builder.append_value(instant.0);
                    raw_bytes += 8;
                }
                Column::Text(builder) => {
                    let text = match *name {
                        "ip_addresses" => addresses.as_deref(),
                        name => text(event, &id, name),
                    };
                    raw_bytes += 4 + text.map_or(0, |text| text.len() as u64);
                    builder.append_option(text);
                }
            }
        }
        self.count += 1;
        raw_bytes
    }

    /// Gives the rows as a batch, and is empty again.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.count = 0;
        let arrays = self.columns.iter_mut().map(|column| -> ArrayRef {
            match column {
                Column::Text(builder) => Arc::new(builder.finish()),
                Column::Number(builder) => Arc::new(builder.finish()),
                Column::Instant(builder) => Arc::new(builder.finish()),
            }
        });
        RecordBatch::try_new(SCHEMA.clone(), arrays.collect())
    }
}

fn text<'a>(event: &'a Event, id: &'a str, column: &str) -> Option<&'a str> {
    let target = event.target.as_ref();
    let context = event.context.as_ref();
    match column {
        "id" => Some(id),
        "org_id" => Some(event.org_id.as_str()),
        "actor_type" => Some(event.actor.kind.as_str()),
        "actor_id" => Some(&event.actor.id),
        "actor_name" => event.actor.name.as_deref(),
        "actor_email" => event.actor.email.as_deref(),
        "action" => Some(event.action.as_str()),
        "category" => Some(event.category.as_str()),
        "target_type" => target?.kind.as_deref(),
        "target_id" => target?.id.as_deref(),
        "target_name" => target?.name.as_deref(),
        "result" => Some(event.result.as_str()),
        "failure_reason" => event.failure_reason.as_deref(),
        "ip" => context?.ip.as_deref(),
        "user_agent" => context?.user_agent.as_deref(),
        "request_id" => context?.request_id.as_deref(),
        "details" => event.details.as_ref().map(Details::as_str),
        _ => None,
    }
}
