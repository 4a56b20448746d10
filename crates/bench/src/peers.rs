//! What the service is compared with, each in a process of its own: DuckDB over the same files, and PostgreSQL.

pub(crate) mod duckdb;
pub(crate) mod postgres;

/// How often a peer runs a query; the figure is the median.
pub(crate) const RUNS: usize = 7;

/// What a peer found.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The median of the runs.
    pub(crate) milliseconds: f64,
    /// The first column.
    pub(crate) ids: Vec<String>,
}
