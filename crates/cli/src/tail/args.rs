//! The arguments of `audit tail`.

use std::time::Duration;

use crate::api::ApiArgs;
use crate::filters::FilterArgs;
use crate::listing::ListingArgs;
use crate::outcome::EXIT_CODES;

/// Show new events of an org as they arrive, until it is stopped.
///
/// An event may arrive long after it occurred. Such a late event is shown too, however old it is, and marked on a
/// terminal. So the times of a list of new events do not always ascend. While the service cannot be reached, the
/// command retries; then it shows what arrived in between.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Args {
    /// Which service and org.
    #[command(flatten)]
    pub api: ApiArgs,
    /// The conditions on events.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Show this many earlier events first.
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10, help_heading = "Output")]
    #[arg(value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub last: u16,
    /// How often to look for new events, such as 2s or 1m.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = period, help_heading = "Output")]
    pub every: Duration,
    /// How events are shown.
    #[command(flatten)]
    pub listing: ListingArgs,
}

fn period(text: &str) -> Result<Duration, &'static str> {
    let period = humantime::parse_duration(text).ok().filter(|period| *period >= Duration::from_millis(100));
    period.ok_or("expected a duration of at least 100ms, such as 2s or 1m")
}
