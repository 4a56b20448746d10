//! The time zone in which a terminal shows times.

use audit_core::UnixMicros;
use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;

/// The time zone of what is shown.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ZoneArgs {
    /// Show times in UTC; this is the default.
    #[arg(long, conflicts_with = "zone", help_heading = "Output")]
    pub utc: bool,
    /// Show times in this IANA time zone, such as Europe/Berlin.
    #[arg(long, value_name = "ZONE", value_parser = zone, help_heading = "Output")]
    pub zone: Option<Tz>,
}

impl ZoneArgs {
    pub(crate) fn zone(&self) -> Tz {
        self.zone.unwrap_or(Tz::UTC)
    }
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse()
        .map_err(|_| "expected the name of a time zone, such as UTC, Europe/Berlin or America/New_York".to_owned())
}

/// Formats an instant as RFC 3339 to the millisecond, so that a copied time can be passed to `--from`.
pub(crate) fn shown(at: UnixMicros, zone: Tz) -> String {
    let utc = DateTime::from_timestamp_micros(at.micros()).unwrap_or_default();
    utc.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_with_the_offset_of_their_zone() {
        let at: UnixMicros = "2026-07-01T10:00:00.123456Z".parse().unwrap();
        for (name, expected) in [
            ("UTC", "2026-07-01T10:00:00.123Z"),
            ("Europe/Berlin", "2026-07-01T12:00:00.123+02:00"),
            ("Asia/Kathmandu", "2026-07-01T15:45:00.123+05:45"),
        ] {
            assert_eq!(shown(at, zone(name).unwrap()), expected);
        }
        assert!(zone("Berlin").is_err() && zone("+02:00").is_err());
    }
}
