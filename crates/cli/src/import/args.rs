//! The arguments of `audit import`.

use std::path::PathBuf;

use audit_core::OrgId;
use clap::ValueEnum;
use reqwest::Url;

/// Send events from files to the service, one JSON document per line.
///
/// Files may be compressed with gzip. A line that cannot be accepted is rejected, and all others are sent. Running the
/// same import again stores nothing twice: an event without an idempotency_key gets the SHA-256 of its line as its key.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Exit codes: 0 every line was accepted; 1 the import stopped early, and can be run again; \
                  2 some lines were rejected; 64 invalid usage.")]
pub struct Args {
    /// Base URL of the service.
    #[arg(long, value_name = "URL", value_parser = service_url)]
    pub to: Url,
    /// Org that owns the events.
    #[arg(long, allow_hyphen_values = true)]
    pub org: OrgId,
    /// Format of the lines.
    #[arg(long, value_enum, default_value_t = Format::Events)]
    pub format: Format,
    /// Write the rejected lines to FILE, as JSON lines {"file","line","reason"}; FILE is overwritten.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Files and directories to read, or - for standard input.
    ///
    /// Directories are read recursively, without hidden files and without symbolic links to directories.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// The format of the lines of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Events in the form of the API.
    Events,
    /// AWS CloudTrail records, one per line or in the files that CloudTrail writes, {"Records":[...]}.
    Cloudtrail,
}

fn service_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match (url.scheme(), url.query(), url.fragment()) {
        ("http" | "https", None, None) => Ok(url),
        _ => Err("expected http:// or https://, without a query or fragment".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_base_url_of_a_service_is_accepted() {
        for good in ["http://localhost:8080", "https://example.com/prod/"] {
            assert!(service_url(good).is_ok(), "{good}");
        }
        for bad in ["localhost:8080", "ftp://example.com", "http://example.com/?a=b", "http://example.com/#a", ""] {
            assert!(service_url(bad).is_err(), "{bad}");
        }
    }
}
