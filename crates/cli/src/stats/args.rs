//! The arguments of `audit stats`.

use crate::api::{ApiArgs, Parameters};
use crate::filters::{FilterArgs, RangeArgs};
use crate::outcome::EXIT_CODES;
use crate::zone::ZoneArgs;

/// Count the events of an org that match all filters, in total or by group.
///
/// On a terminal, the counts are bars. In a pipe, they are one JSON document as the API returns it, with all its pages
/// added up.
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
    /// time, action, category, result, actor, actor_type, target or ip; or time and one other, as in time,action.
    #[arg(long, value_name = "GROUP", help_heading = "Groups")]
    pub group_by: Option<String>,
    /// The length of a bar [default: auto, the finest with at most 120 bars].
    #[arg(long, value_parser = ["15m", "1h", "1d", "1w", "1mo", "auto"], help_heading = "Groups")]
    pub interval: Option<String>,
    /// The most groups to list, 1 to 100 [default: 10].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100), help_heading = "Groups")]
    pub top: Option<u16>,
    /// The time zone of bars, and of what is shown.
    #[command(flatten)]
    pub zone: ZoneArgs,
    /// Print JSON on a terminal too.
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

/// The groups that the API returns if the request does not specify `top`.
const DEFAULT_TOP: u16 = 10;

impl Args {
    pub(super) fn parameters(&self) -> Parameters {
        let optional = [
            ("group_by", self.group_by.clone()),
            ("interval", self.interval.clone()),
            ("top", self.top.map(|top| top.to_string())),
            // The zone decides where days begin, so it is a parameter only of bars.
            ("zone", self.zone.zone.filter(|_| self.is_by_time()).map(|zone| zone.to_string())),
        ];
        let given = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
        [self.filter.parameters(), self.range.parameters()].concat().into_iter().chain(given).collect()
    }

    pub(super) fn top(&self) -> usize {
        usize::from(self.top.unwrap_or(DEFAULT_TOP))
    }

    fn is_by_time(&self) -> bool {
        self.group_by.as_deref().is_some_and(|group| group.split(',').any(|part| part == "time"))
    }
}
