//! Why a query can fail, and the problem that the user sees.

use audit_core::{Day, LedgerRefusal, Month, SegmentRecord, UnixMicros, Violation, error::chain};
use audit_http::{Problem, ProblemKind};
use audit_segments::SegmentError;
use audit_tables::TablesError;

pub(crate) type Result<T, E = QueryError> = std::result::Result<T, E>;

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueryError {
    /// A table did not respond, or contains a malformed item.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// A segment in the range cannot be read.
    #[error("the segment {} cannot be read", segment.key)]
    Segment {
        /// The ledger's record of the segment.
        segment: Box<SegmentRecord>,
        /// The reason.
        #[source]
        source: SegmentError,
    },
    /// An item of the ledger in the range cannot be read.
    #[error("the ledger of {month} cannot be read")]
    Month {
        /// The month whose segments the item lists.
        month: Month,
        /// The item, and the reason.
        #[source]
        source: TablesError,
    },
    /// Segments may have been replaced while they were listed: the caller reads again, as of a newer head.
    #[error("the segments of the ledger kept changing while they were read")]
    Moved,
    /// The ledger is not the one of its bucket.
    #[error(transparent)]
    Ledger(#[from] LedgerRefusal),
    /// The chain of claims did not respond.
    #[error("the ledger cannot be compared with its claims")]
    Chain(#[source] SegmentError),
    /// The log of an org did not respond, or contains a malformed object.
    #[error("the log of the org cannot be read")]
    Log(#[source] SegmentError),
    /// The page would have violated an invariant.
    #[error(transparent)]
    Invariant(#[from] Violation),
    /// An event cannot be written as JSON.
    #[error("an event cannot be written as JSON")]
    Encode(#[from] serde_json::Error),
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        error.problem(|from, to| (from, to))
    }
}

impl QueryError {
    /// Whether a merge can have caused it: the source that a reader of an older head opens may have been deleted.
    pub(crate) fn may_be_of_a_merge(&self) -> bool {
        matches!(self, Self::Moved | Self::Segment { source: SegmentError::Missing { .. }, .. })
    }

    /// Returns the problem for a viewer, who may not learn when exactly events happened that the session cannot read.
    pub(crate) fn for_viewer(self) -> Problem {
        let last_of = |day: Day| UnixMicros::new(day.next().start().micros() - 1);
        self.problem(|from, to| (from.day().start(), last_of(to.day())))
    }

    fn problem(self, rounded: impl Fn(UnixMicros, UnixMicros) -> (UnixMicros, UnixMicros)) -> Problem {
        let error = self;
        let (from, to) = match error {
            QueryError::Tables(error) => return error.into(),
            QueryError::Invariant(_) | QueryError::Encode(_) => return Problem::internal(&error),
            QueryError::Ledger(LedgerRefusal::Missing) => return ProblemKind::LedgerMissing.into(),
            QueryError::Ledger(LedgerRefusal::Behind) => return ProblemKind::LedgerBehind.into(),
            QueryError::Ledger(LedgerRefusal::Foreign) => return ProblemKind::LedgerForeign.into(),
            QueryError::Chain(_)
            | QueryError::Moved
            | QueryError::Log(SegmentError::Failed { .. })
            | QueryError::Segment { source: SegmentError::Failed { .. }, .. } => return Problem::unavailable(&error),
            QueryError::Log(_) => return Problem::internal(&error),
            QueryError::Segment { ref segment, .. } => (segment.first.occurred_at(), segment.last.occurred_at()),
            QueryError::Month { month, .. } => {
                (month.first_day().start(), UnixMicros::new(month.next().first_day().start().micros() - 1))
            }
        };
        tracing::error!(error = chain(&error), %from, %to, "a part of the archive cannot be read");
        let (from, to) = rounded(from, to);
        let (from, to) = (from.to_string(), to.to_string());
        let happened = format!("events from {from} to {to} cannot be read");
        Problem::new(ProblemKind::SegmentUnreadable, happened).with("from", from.into()).with("to", to.into())
    }
}
