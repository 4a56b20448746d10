//! Counted facts that an operator watches. Names and numbers only.

/// Counts something; the log line is what metrics are made from.
pub fn count(metric: &'static str, value: u64) {
    if value > 0 {
        tracing::info!(target: "audit::metric", metric, value, "counted");
    }
}
