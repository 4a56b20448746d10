//! The one deadline of a request: the reads of the tables, the body and the puts all count toward it.

use std::time::Duration;

use audit_http::{Problem, extract};
use audit_tables::TablesError;
use axum::body::{Body, Bytes};
use tokio::time::{Instant, timeout_at};

use crate::problem;

/// When a request must be answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    budget: Duration,
}

impl Deadline {
    /// A deadline that begins now.
    pub(crate) fn after(budget: Duration) -> Self {
        Self { at: Instant::now() + budget, budget }
    }

    /// The instant itself.
    pub(crate) fn at(self) -> Instant {
        self.at
    }

    /// Waits for a table until the deadline.
    ///
    /// # Errors
    ///
    /// 503, also when the table does not respond in time. Whether a write was applied is then unknown. 500 for an item that cannot be
    /// read.
    pub(crate) async fn table<T>(self, answer: impl Future<Output = Result<T, TablesError>>) -> Result<T, Problem> {
        match timeout_at(self.at, answer).await {
            Ok(answer) => answer.map_err(|error| problem(&error)),
            Err(late) => Err(Problem::unavailable(&late)),
        }
    }

    /// Reads a body of at most `limit_bytes` until the deadline.
    ///
    /// # Errors
    ///
    /// 413, and 408 when the body is not complete in time.
    pub(crate) async fn body(self, body: Body, limit_bytes: usize) -> Result<Bytes, Problem> {
        let late = |_| Problem::body_too_slow(self.budget);
        timeout_at(self.at, extract::body(body, limit_bytes)).await.map_err(late)?
    }
}
