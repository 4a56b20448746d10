//! Counted facts that an operator watches. Names and numbers only.
//!
//! On Lambda each one is a line of CloudWatch's embedded metric format on standard output, which CloudWatch turns into
//! a metric without a call. Elsewhere it is a line of the debug log.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use audit_core::{Clock as _, OrgId};
use serde_json::{Value, json};

use crate::clock::SystemClock;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "AuditLogs";

/// Declares the metrics. Dashboards and alarms refer to their names.
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
    /// Events that may or may not be stored; the caller was informed.
    EventsUnknown,
    /// Events whose action the catalog does not list.
    UnlistedActions,
    /// Requests to store that an org's plan does not allow.
    WritesRefusedByPlan,
    /// Requests refused for an org that had the plan, and so may have events.
    RefusalsAfterPlan,
    /// Requests of viewers without an open session.
    SessionsRefused,
    /// Rows moved into the archive.
    RowsArchived,
    /// Rows that an archive pass left where they are, since they or a segment cannot be read.
    RowsQuarantined,
    /// Hot rows that a search could not read.
    RowsSkipped,
    /// Archive passes over one org that stopped.
    PassesFailed,
    /// Passes and requests that a ledger stopped which is missing, behind, foreign or forked.
    LedgersRefused,
    /// Batches that could not be published and became void; their rows stayed hot.
    BatchesVoided,
    /// Trees of orgs that could not be signed.
    CheckpointsFailed,
    /// Merges of segments that were decided.
    MergesDecided,
    /// Merges of segments whose targets readers use.
    MergesSwitched,
    /// Segments that an org has fewer after merges.
    SegmentsSaved,
    /// Bytes of segments that an org has fewer after merges.
    SegmentBytesSaved,
    /// Merges that could not be published and were abandoned; readers use the sources.
    MergesAbandoned,
    /// Merges that damaged segments, or objects that are not the recorded ones, prevent.
    MergesFailed,
    /// Pages that ended because their time was up.
    PagesCutByBudget,
    /// How long the oldest waiting rows of an org have waited, in seconds.
    ArchiveLagSeconds,
    /// Calls that a table refused for their number, after all repeats.
    StoreThrottles,
}

static EMBEDDED: AtomicBool = AtomicBool::new(false);

/// Writes metrics to standard output from now on, in the form that Lambda expects.
pub(crate) fn embed() {
    EMBEDDED.store(true, Ordering::Relaxed);
}

/// Counts something; writes nothing if the count is zero.
pub fn count(metric: Metric, value: u64) {
    if value > 0 {
        put(metric, "Count", value, None);
    }
}

/// Counts something of one org, and adds the org to the line; writes nothing if the count is zero.
pub fn count_of_org(metric: Metric, org_id: &OrgId, value: u64) {
    if value > 0 {
        put(metric, "Count", value, Some(org_id));
    }
}

/// Reports how long something of one org has waited, in seconds, and adds the org to the line.
pub fn seconds_of_org(metric: Metric, org_id: &OrgId, value: u64) {
    put(metric, "Seconds", value, Some(org_id));
}

fn put(metric: Metric, unit: &'static str, value: u64, org_id: Option<&OrgId>) {
    if EMBEDDED.load(Ordering::Relaxed) {
        let line = embedded(metric.name(), unit, value, org_id, SystemClock.now().micros() / 1000);
        // A closed standard output means that the metrics have no reader any more.
        _ = writeln!(io::stdout().lock(), "{line}");
    } else {
        tracing::debug!(metric = metric.name(), unit, value, org_id = org_id.map(OrgId::as_str), "counted");
    }
}

/// The line of a metric. The org is a member of the line, not a dimension: the metric stays one for any number of orgs,
/// and a rule of Contributor Insights, or a query of the log, finds the orgs that contributed to it.
fn embedded(metric: &str, unit: &str, value: u64, org_id: Option<&OrgId>, now_ms: i64) -> Value {
    let mut line = json!({
        "_aws": {
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[]],
                "Metrics": [{ "Name": metric, "Unit": unit }],
            }],
        },
        metric: value,
    });
    if let Some(org_id) = org_id {
        line["org_id"] = org_id.as_str().into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_a_line_of_the_embedded_metric_format() {
        let line = embedded("EventsStored", "Count", 3, None, 1_795_000_000_000);
        let described = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!((&line["EventsStored"], &described["Metrics"][0]["Name"]), (&json!(3), &json!("EventsStored")));
        assert_eq!((&described["Namespace"], &described["Dimensions"]), (&json!("AuditLogs"), &json!([[]])));
        assert_eq!(line.get("org_id"), None);
    }

    #[test]
    fn a_metric_of_an_org_names_the_org_beside_the_metric_and_not_as_a_dimension() {
        let acme = "acme".parse::<OrgId>().unwrap();
        let line = embedded("PassesFailed", "Count", 1, Some(&acme), 1_795_000_000_000);
        assert_eq!((&line["org_id"], &line["PassesFailed"]), (&json!("acme"), &json!(1)));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
    }
}
