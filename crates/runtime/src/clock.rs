//! The one place that reads the system's clock.

use audit_core::{Clock, UnixMicros};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now(&self) -> UnixMicros {
        UnixMicros::new(chrono::Utc::now().timestamp_micros())
    }
}
