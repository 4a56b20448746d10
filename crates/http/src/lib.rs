//! What the HTTP functions share: problems, callers, extractors, and the documented shapes of the API.
//!
//! The only crate that knows how an error looks to a user.

pub mod caller;
pub mod encoding;
pub mod extract;
pub mod gateway;
pub mod plan;
pub mod problem;
pub mod raw_path;
pub mod schema;
pub mod service;

pub use caller::{Caller, CallerSource};
pub use encoding::Encoding;
pub use problem::Problem;
