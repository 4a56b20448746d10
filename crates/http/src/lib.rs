//! What the HTTP functions share: problems, callers, extractors, telemetry, and the documented shapes of the API.
//!
//! The only crate that knows how an error looks to a user.

pub mod caller;
pub mod clock;
pub mod encoding;
pub mod extract;
pub mod gateway;
pub mod metrics;
pub mod plan;
pub mod problem;
pub mod raw_path;
pub mod schema;
pub mod service;
pub mod settings;
pub mod telemetry;

pub use problem::Problem;
