//! The arguments of `audit serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Serves the API, the archive pass and the stores from one process and one folder.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the API listens; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The folder that keeps everything.
    #[arg(long, default_value = "audit-data")]
    pub data: PathBuf,
    /// Loads the org `demo` with generated events, unless it is there already.
    #[arg(long)]
    pub demo: bool,
    /// The port of the embedded DynamoDB on loopback; 0 picks a free one.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub dynamodb_port: u16,
    /// The port of the embedded S3 on loopback; 0 picks a free one.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub s3_port: u16,
    /// How often the archive pass runs: 60s, 5m, 1h, or off.
    #[arg(long, default_value = "60s", value_name = "60s|off")]
    pub archive_every: Every,
    /// Listens on an address that is not loopback, for anybody, without authentication.
    #[arg(long)]
    pub insecure_open: bool,
}

/// How often something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Once a period.
    Period(Duration),
    /// Never.
    Off,
}

impl FromStr for Every {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ALLOWED: &str = "a whole number of at least 1 with s, m or h, such as 60s, or off";
        if text == "off" {
            return Ok(Self::Off);
        }
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(ALLOWED)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            _ => return Err(ALLOWED),
        };
        let number: u32 = number.parse().map_err(|_| ALLOWED)?;
        if number == 0 { Err(ALLOWED) } else { Ok(Self::Period(Duration::from_secs(u64::from(number) * seconds))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_whole_seconds_minutes_or_hours() {
        let seconds =
            |text: &str| text.parse().map(|every| if let Every::Period(period) = every { period.as_secs() } else { 0 });
        assert_eq!((seconds("60s"), seconds("5m"), seconds("2h"), seconds("off")), (Ok(60), Ok(300), Ok(7_200), Ok(0)));
        for bad in ["", "s", "0s", "-1s", "1.5s", "60", "1d", "é"] {
            assert!(bad.parse::<Every>().is_err(), "{bad}");
        }
    }
}
