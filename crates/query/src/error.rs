//! What can go wrong with a page, and the problem that the user sees.

use audit_core::{Month, SegmentRecord, UnixMicros, Violation};
use audit_http::Problem;
use audit_segments::SegmentError;
use audit_tables::TablesError;

/// Why a page cannot be given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueryError {
    /// A table did not answer, or holds what is no ledger.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// A segment in the range cannot be read.
    #[error("the segment {} cannot be read", segment.key)]
    Segment {
        /// The ledger's record of it.
        segment: Box<SegmentRecord>,
        /// Why.
        #[source]
        source: SegmentError,
    },
    /// An item of the ledger in the range cannot be read.
    #[error("the ledger of {month} cannot be read")]
    Month {
        /// The month whose segments it lists.
        month: Month,
        /// Which item, and why.
        #[source]
        source: TablesError,
    },
    /// The page would have broken a promise.
    #[error(transparent)]
    Invariant(#[from] Violation),
    /// An event cannot be written as JSON.
    #[error("an event cannot be written as JSON")]
    Encode(#[from] serde_json::Error),
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match &error {
            QueryError::Tables(TablesError::Malformed { .. }) | QueryError::Invariant(_) | QueryError::Encode(_) => {
                Self::internal(&error)
            }
            QueryError::Tables(_) | QueryError::Segment { source: SegmentError::Failed { .. }, .. } => {
                Self::unavailable(&error)
            }
            QueryError::Segment { segment, .. } => {
                let (from, to) = (segment.first.occurred_at(), segment.last.occurred_at());
                Self::segment_unreadable(&error, &from.to_string(), &to.to_string())
            }
            QueryError::Month { month, .. } => {
                let (from, to) =
                    (month.first_day().start(), UnixMicros::new(month.next().first_day().start().micros() - 1));
                Self::segment_unreadable(&error, &from.to_string(), &to.to_string())
            }
        }
    }
}
