//! What can happen to a request.

use std::time::Duration;

use super::call::Call;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is never sent.
    Refused(Refusal),
    /// It is sent and applied; its answer is lost.
    Lost,
    /// The process ends, right before it is sent or right after it was applied.
    Stopped {
        /// Whether it was applied.
        applied: bool,
    },
    /// Its author is told that it failed; it is sent when [`FaultLayer::land`](super::FaultLayer::land) says so.
    Late,
    /// Its answer takes its time.
    Slow(Duration),
    /// It is sent nowhere and never answered.
    Silent,
    /// A query or scan is answered by an empty page with a key to continue from. Other requests are sent as they are.
    EmptyPage,
}

impl Fault {
    /// Whether the fault changes what becomes of such a request.
    pub fn concerns(self, call: Call) -> bool {
        self != Self::EmptyPage || call.is_paged()
    }
}

/// How a request that is not sent is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The connection breaks.
    Broken,
    /// Nobody answers in time.
    TimedOut,
    /// The store asks for fewer requests.
    Throttled,
    /// The store says 500.
    Failed,
    /// DynamoDB takes a `BatchWriteItem` and processes none of its keys.
    Unprocessed,
    /// Another request writes the same key of S3, or the same item of DynamoDB, at this snapshot.
    Conflict,
}

/// Which attempts of a request meet a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// The first; the SDK's retry goes through.
    Once,
    /// All, so that the SDK gives up.
    Always,
}
