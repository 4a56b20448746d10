//! The one place that reads the system's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use audit_core::{Clock, UnixMicros};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now(&self) -> UnixMicros {
        UnixMicros::EPOCH.plus(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}
