//! What every function needs besides its work: a clock, settings, logs and metrics.

pub mod aws;
pub mod clock;
pub mod metrics;
pub mod settings;
pub mod telemetry;

pub use clock::SystemClock;
pub use settings::{MissingSettings, Settings};
