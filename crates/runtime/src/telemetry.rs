//! Logs: one line per outcome, ids as fields, units in names; never a body, token, e-mail or IP.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::SubscriberBuilder;
use tracing_subscriber::fmt::format::{DefaultFields, Format};

/// Starts structured logs and metrics on standard output, as CloudWatch reads them. `RUST_LOG` narrows or widens the
/// logs.
pub fn start_json() {
    crate::metrics::embed();
    _ = quiet_if_it_fails(filter("info")).json().flatten_event(true).with_span_list(false).try_init();
}

/// Starts logs for people on standard error: what `RUST_LOG` selects, otherwise `default`.
pub fn start_text(default: &str) {
    _ = quiet_if_it_fails(filter(default)).with_writer(io::stderr).try_init();
}

fn filter(default: &str) -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default))
}

/// A log that loses the lines that cannot be written, on a full disk for example, and nothing else.
///
/// Otherwise the subscriber reports its failure with `eprintln!`, which panics where standard error fails too: in the
/// middle of a request or of an archive pass.
fn quiet_if_it_fails(filter: EnvFilter) -> SubscriberBuilder<DefaultFields, Format, EnvFilter> {
    tracing_subscriber::fmt().log_internal_errors(false).with_env_filter(filter)
}
