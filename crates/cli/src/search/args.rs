//! The arguments of `audit search`.

use std::num::NonZeroUsize;

use crate::api::ApiArgs;
use crate::filters::{FilterArgs, RangeArgs};
use crate::listing::ListingArgs;
use crate::outcome::EXIT_CODES;

/// Events that are listed without `--limit` or `--all`.
const DEFAULT_LIMIT: NonZeroUsize = NonZeroUsize::new(50).unwrap();

/// List the events of an org that match all filters.
///
/// On a terminal, the events are a table, with one sentence for each event, cut at the width of the terminal. In a pipe,
/// each line is the JSON of one event. A pattern such as 'billing.*' needs quotes in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Args {
    /// Which service and org.
    #[command(flatten)]
    pub api: ApiArgs,
    /// The conditions on events.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// The range of time.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Newest first, or oldest first [default: newest].
    #[arg(long, value_parser = ["newest", "oldest"], help_heading = "Output")]
    pub order: Option<String>,
    /// The most events to list.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT, conflicts_with = "all", help_heading = "Output")]
    pub limit: NonZeroUsize,
    /// List every event that matches.
    #[arg(long, help_heading = "Output")]
    pub all: bool,
    /// How events are shown.
    #[command(flatten)]
    pub listing: ListingArgs,
}

impl Args {
    pub(super) fn limit(&self) -> usize {
        if self.all { usize::MAX } else { self.limit.get() }
    }
}
