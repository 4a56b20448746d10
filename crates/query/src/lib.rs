//! Runs searches over hot and archived events as one sorted list, and looks up single events.

mod check;
mod error;
mod filter_cache;
mod followed;
mod hot;
mod log;
mod lookup;
mod page;
mod proof;
mod routes;
mod service;
mod snapshot;
mod stats;
mod view;
mod viewer_script;
mod walk;

use std::time::Duration;

pub use routes::{OPENAPI, routes};
pub use service::Bounds;
pub use view::view_routes;

/// How long a page can take before it ends with what it has. API Gateway waits 30 s, users wait less.
pub const BUDGET: Duration = Duration::from_secs(5);

/// Bytes of ledger items and of segments that an instance caches.
pub const CACHE_BYTES: u64 = 64 * 1024 * 1024;
