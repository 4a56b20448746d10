//! The columns of a segment, the same in every file.
//!
//! Flat, text as plain strings and instants twice (as a timestamp for people and as a number for exactness), since that
//! is what Athena, Spark, DuckDB and pyarrow all read alike. `ip_addresses` is made from `ip`, for the questions of these
//! engines: the canonical forms of the addresses in it, joined by commas.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The columns that may not be null.
const REQUIRED: [&str; 10] = [
    "id",
    "org_id",
    "seq",
    "occurred_at",
    "occurred_at_us",
    "ingested_at",
    "actor_type",
    "actor_id",
    "action",
    "category",
];

/// The names of all columns, in order.
pub(crate) const NAMES: [&str; 22] = [
    "id",
    "org_id",
    "seq",
    "occurred_at",
    "occurred_at_us",
    "ingested_at",
    "actor_type",
    "actor_id",
    "actor_name",
    "actor_email",
    "action",
    "category",
    "target_type",
    "target_id",
    "target_name",
    "result",
    "failure_reason",
    "ip",
    "ip_addresses",
    "user_agent",
    "request_id",
    "details",
];

/// The Arrow schema of a segment.
pub(crate) static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields = NAMES.map(|name| {
        let kind = match name {
            "seq" | "occurred_at_us" => DataType::Int64,
            "occurred_at" | "ingested_at" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            _ => DataType::Utf8,
        };
        Field::new(name, kind, !(REQUIRED.contains(&name) || name == "result"))
    });
    Arc::new(Schema::new(fields.to_vec()))
});
