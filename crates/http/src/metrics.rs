//! Counted facts that an operator watches. Names and numbers only.
//!
//! On Lambda each one is a line of CloudWatch's embedded metric format on standard output, which CloudWatch turns into a
//! metric without a call. Elsewhere it is a line of the debug log.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use audit_core::time::Clock as _;
use serde_json::{Value, json};

use crate::clock::SystemClock;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "AuditLogs";

/// Declares the metrics, whose names are what dashboards and alarms know them by.
macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// A counted fact.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Metric { $($(#[$doc])* $name),+ }

        impl Metric {
            /// All metrics.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name in CloudWatch.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }
    };
}

metrics! {
    /// Events that were stored.
    EventsStored,
    /// Events that were stored before.
    EventsRepeated,
    /// Events of which nobody knows whether they were stored; the caller was told.
    EventsUnknown,
    /// Events whose action the catalog does not list.
    UnlistedActions,
    /// Requests to store that an org's plan does not allow.
    WritesRefusedByPlan,
    /// Rows moved into the archive.
    RowsArchived,
    /// Rows that an archive pass left where they are, since they or a segment cannot be read.
    RowsSetAside,
    /// Hot rows that a search could not read.
    RowsSkipped,
    /// Archive passes over one org that stopped.
    PassesFailed,
    /// Pages that ended because their time was up.
    PagesCutByBudget,
    /// How long the oldest waiting rows of an org have waited, in seconds.
    ArchiveLagSeconds,
    /// Calls that a table refused for their number, after all repeats.
    StoreThrottles,
}

static EMBEDDED: AtomicBool = AtomicBool::new(false);

/// Writes metrics to standard output from now on, as Lambda wants them.
pub(crate) fn embed() {
    EMBEDDED.store(true, Ordering::Relaxed);
}

/// Counts something; nothing where the count is zero.
pub fn count(metric: Metric, value: u64) {
    if value > 0 {
        put(metric, "Count", value);
    }
}

/// Tells how long something has waited, in seconds.
pub fn seconds(metric: Metric, value: u64) {
    put(metric, "Seconds", value);
}

fn put(metric: Metric, unit: &'static str, value: u64) {
    if EMBEDDED.load(Ordering::Relaxed) {
        let line = embedded(metric.name(), unit, value, SystemClock.now().0 / 1000);
        // A closed standard output means that nobody counts any more.
        _ = writeln!(io::stdout().lock(), "{line}");
    } else {
        tracing::debug!(metric = metric.name(), unit, value, "counted");
    }
}

fn embedded(metric: &str, unit: &str, value: u64, now_ms: i64) -> Value {
    json!({
        "_aws": {
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[]],
                "Metrics": [{ "Name": metric, "Unit": unit }],
            }],
        },
        metric: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_a_line_of_the_embedded_metric_format() {
        let line = embedded("EventsStored", "Count", 3, 1_795_000_000_000);
        let described = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!((&line["EventsStored"], &described["Metrics"][0]["Name"]), (&json!(3), &json!("EventsStored")));
        assert_eq!((&described["Namespace"], &described["Dimensions"]), (&json!("AuditLogs"), &json!([[]])));
    }
}
