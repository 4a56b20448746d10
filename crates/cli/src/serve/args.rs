//! The arguments of `audit serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Run the API, the scheduled archive pass and embedded stores in one process.
///
/// Everything is stored in one data directory and is available again after a restart.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address of the API; port 0 picks a free port.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Data directory; only one process can use it at a time.
    #[arg(long, default_value = "audit-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Create the org `demo` with sample events, unless it already exists.
    #[arg(long)]
    pub demo: bool,
    /// Port of the embedded DynamoDB on loopback; 0 picks a free port.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub dynamodb_port: u16,
    /// Port of the embedded S3 on loopback; 0 picks a free port.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub s3_port: u16,
    /// Port of the embedded KMS, which signs checkpoints, on loopback; 0 picks a free port.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub kms_port: u16,
    /// How often to archive, such as 60s, 5m or 1h; `off` disables the schedule.
    #[arg(long, default_value = "60s", value_name = "DURATION|off")]
    pub archive_every: ArchiveEvery,
    /// Allow an address that is not loopback, where anyone can read and write without authentication.
    #[arg(long)]
    pub insecure_open: bool,
}

/// The schedule of the archive pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveEvery {
    /// One pass per period.
    Period(Duration),
    /// Only on request.
    Off,
}

impl FromStr for ArchiveEvery {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let period = humantime::parse_duration(text).ok().filter(|period| *period >= Duration::from_secs(1));
        period.map(Self::Period).ok_or("expected a duration of at least 1s, such as 60s, 5m or 1h, or off")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_duration_of_at_least_a_second_or_off() {
        let period = |seconds| Ok(ArchiveEvery::Period(Duration::from_secs(seconds)));
        for (text, every) in
            [("1s", period(1)), ("5m", period(300)), ("1h 30m", period(5_400)), ("off", Ok(ArchiveEvery::Off))]
        {
            assert_eq!(text.parse(), every, "{text}");
        }
        for bad in ["", "s", "0s", "999ms", "-1s", "60", "é"] {
            assert!(bad.parse::<ArchiveEvery>().is_err(), "{bad}");
        }
    }
}
