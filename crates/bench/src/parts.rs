//! The parts of the benchmark, one module each.

mod cold;
mod cost;
pub(crate) mod encode;
mod growth;
mod ingest;
mod pass;
mod remote;
mod search;
mod stats;

use crate::figures::Figure;
use crate::{Options, Result};

/// The names of the parts, in the order in which `all` measures them.
pub(crate) const ALL: [&str; 9] = ["encode", "search", "stats", "remote", "growth", "ingest", "pass", "cold", "cost"];

/// Measures one part.
pub(crate) async fn measure(part: &str, options: &Options) -> Result<Vec<Figure>> {
    match part {
        "encode" => encode::measure(options),
        "search" => search::measure(options).await,
        "stats" => stats::measure(options).await,
        "remote" => remote::measure(options).await,
        "growth" => growth::measure(options).await,
        "ingest" => ingest::measure(options).await,
        "pass" => pass::measure(options).await,
        "cold" => cold::measure(options).await,
        _ => Box::pin(cost::measure(options)).await,
    }
}
