//! What can happen to a request.

use std::time::Duration;

use super::call::Call;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is never sent.
    Refused(Refusal),
    /// It is sent and applied; its response is lost.
    Lost,
    /// The process ends, right before it is sent or right after it was applied.
    Stopped {
        /// Whether it was applied.
        applied: bool,
    },
    /// Its author sees a failure; it is sent when [`FaultLayer::land`](super::FaultLayer::land) is called.
    Late,
    /// Its response is delayed.
    Slow(Duration),
    /// It is not sent and gets no response.
    Silent,
    /// A query or scan gets an empty page with a key to continue from. Other requests are sent as they are.
    EmptyPage,
}

impl Fault {
    /// Whether the fault affects such a request.
    pub fn concerns(self, call: Call) -> bool {
        self != Self::EmptyPage || call.is_paged()
    }
}

/// The response to a request that is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The connection breaks.
    Broken,
    /// No response arrives in time.
    TimedOut,
    /// The store throttles.
    Throttled,
    /// The store responds with 500.
    Failed,
    /// DynamoDB accepts a `BatchWriteItem` and processes none of its keys.
    Unprocessed,
    /// Another request writes the same key of S3, or the same item of DynamoDB, at this moment.
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
