//! The filters of the API as flags, and the range of time.

use std::convert::Infallible;
use std::str::FromStr;

use audit_core::{Clock as _, UnixMicros};
use audit_runtime::SystemClock;

use crate::api::Parameters;

/// The conditions on events. The service validates their values.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Filters: repeat one for alternatives; different ones narrow")]
pub struct FilterArgs {
    /// An actor's id or e-mail address.
    #[arg(long, value_name = "ID|EMAIL", allow_hyphen_values = true)]
    pub actor: Vec<String>,
    /// An action such as billing.plan_changed, or billing.* for all actions below billing.
    #[arg(long)]
    pub action: Vec<String>,
    /// A category of the catalog, such as team.
    #[arg(long)]
    pub category: Vec<String>,
    /// A target's id.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub target: Vec<String>,
    /// Only actions that succeeded, or only those that failed.
    #[arg(long, value_parser = ["succeeded", "failed"])]
    pub result: Option<String>,
    /// An IP address, in any notation.
    #[arg(long, value_name = "ADDRESS")]
    pub ip: Vec<String>,
    /// The id of the request that caused the event.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub request_id: Vec<String>,
    /// Exclude this actor.
    #[arg(long, value_name = "ID|EMAIL", allow_hyphen_values = true)]
    pub not_actor: Vec<String>,
    /// Exclude this action.
    #[arg(long, value_name = "ACTION")]
    pub not_action: Vec<String>,
    /// Exclude this IP address.
    #[arg(long, value_name = "ADDRESS")]
    pub not_ip: Vec<String>,
}

impl FilterArgs {
    /// Returns the parameters of the API.
    pub(crate) fn parameters(&self) -> Parameters {
        let Self { actor, action, category, target, result, ip, request_id, not_actor, not_action, not_ip } = self;
        let repeatable = [
            ("actor", actor),
            ("action", action),
            ("category", category),
            ("target", target),
            ("ip", ip),
            ("request_id", request_id),
            ("not_actor", not_actor),
            ("not_action", not_action),
            ("not_ip", not_ip),
        ];
        let one = result.iter().map(|result| ("result", result.clone()));
        let many = |(name, values): (&'static str, &Vec<String>)| {
            values.iter().map(move |value| (name, value.clone())).collect::<Vec<_>>()
        };
        repeatable.into_iter().flat_map(many).chain(one).collect()
    }
}

/// The range of `occurred_at`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Range")]
pub struct RangeArgs {
    /// The first instant: RFC 3339, or how long ago, such as 24h or 7d.
    #[arg(long, value_name = "TIME")]
    pub from: Option<Bound>,
    /// The instant after the last one: RFC 3339, or how long ago.
    #[arg(long, value_name = "TIME")]
    pub to: Option<Bound>,
}

impl RangeArgs {
    /// Returns the parameters of the API.
    pub(crate) fn parameters(&self) -> Parameters {
        let bound = |name, bound: &Option<Bound>| bound.as_ref().map(|Bound(text)| (name, text.clone()));
        bound("from", &self.from).into_iter().chain(bound("to", &self.to)).collect()
    }
}

/// One end of a range, as the API reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound(String);

/// Turns a duration into an instant; leaves any other text to the service.
impl FromStr for Bound {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let ago = humantime::parse_duration(text).ok().and_then(|ago| i64::try_from(ago.as_micros()).ok());
        let instant = ago.map(|ago| UnixMicros::new(SystemClock.now().micros().saturating_sub(ago)).to_string());
        Ok(Self(instant.unwrap_or_else(|| text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_time_ago() {
        let Bound(week) = "7d".parse().unwrap();
        let at: UnixMicros = week.parse().unwrap();
        let ago = SystemClock.now().since(at).as_secs();
        assert!((604_800..604_860).contains(&ago), "{ago}");
        for text in ["2026-11-01T00:00:00+01:00", "yesterday", "-7d"] {
            assert_eq!(text.parse(), Ok(Bound(text.to_owned())));
        }
    }
}
