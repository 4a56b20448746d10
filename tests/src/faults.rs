//! A layer under the real SDK clients: it counts every request that leaves them, and injects a fault into one of them.
//!
//! It sits where the SDK hands a signed request to its HTTP client, so retries, time-outs and error handling above it
//! are those of production. Requests are numbered in the order of their first attempt; a retry keeps its request's
//! number.

mod answers;
mod call;
mod empty_page;
mod fault;
mod layer;
mod pace;
mod plan;

pub use call::Call;
pub use fault::{Fault, Refusal, Repeats};
pub use layer::FaultLayer;
