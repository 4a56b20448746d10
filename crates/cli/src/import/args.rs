//! The arguments of `audit import`.

use std::path::PathBuf;

use audit_core::OrgId;
use clap::ValueEnum;
use reqwest::Url;

/// Sends events to the service, one JSON document a line; files may be compressed with gzip.
///
/// A line that cannot be accepted is refused, and the others are sent. Running the same import again stores nothing
/// twice: an event without an idempotency_key gets one that is made from its line.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Exit codes: 0 every line was accepted, 2 some were refused, 1 could not go on, 64 wrong usage."
)]
pub struct Args {
    /// The root of the service
    #[arg(long, value_name = "URL", value_parser = service_url)]
    pub to: Url,
    /// The org that owns the events
    #[arg(long, allow_hyphen_values = true)]
    pub org: OrgId,
    /// What the lines hold
    #[arg(long, value_enum, default_value_t = Format::Events)]
    pub format: Format,
    /// Lists the refused lines in FILE, as JSON lines {"file","line","reason"}
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// What to read: files, folders (with all below, hidden files and links to folders excepted), or - for standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// What the lines of the inputs hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Events as the API takes them
    Events,
    /// AWS CloudTrail records, one a line or as the files that CloudTrail writes, {"Records":[...]}
    Cloudtrail,
}

fn service_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match (url.scheme(), url.query(), url.fragment()) {
        ("http" | "https", None, None) => Ok(url),
        _ => Err("allowed: http:// or https://, without a query".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_root_of_a_service_is_a_url_to_send_to() {
        for good in ["http://localhost:8080", "https://example.com/prod/"] {
            assert!(service_url(good).is_ok(), "{good}");
        }
        for bad in ["localhost:8080", "ftp://example.com", "http://example.com/?a=b", "http://example.com/#a", ""] {
            assert!(service_url(bad).is_err(), "{bad}");
        }
    }
}
