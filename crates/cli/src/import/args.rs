//! The arguments of `audit import`.

use std::path::PathBuf;

use audit_core::OrgId;
use clap::ValueEnum;
use reqwest::Url;

use crate::api::service_url;

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
    /// Sign requests with the AWS credentials of the environment; always on for hosts of AWS.
    #[arg(long)]
    pub sign: bool,
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
