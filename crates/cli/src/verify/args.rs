//! The arguments of `audit verify`.

use std::path::PathBuf;

use audit_core::{OrgId, VerifierKey};

/// The exit codes of both commands.
const EXIT_CODES: &str = "Exit codes: 0 verified, 2 not verified, 1 something could not be read, 64 wrong usage.";

/// Verifies an archive, or one event, offline against a signed checkpoint. Needs nothing of the service.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Archive(ArchiveArgs),
    Event(EventArgs),
}

/// What is trusted.
#[derive(Debug, clap::Args)]
pub(super) struct TrustArgs {
    /// The verifier key of the service, which you received once and kept
    #[arg(long, env = "AUDIT_LOG_KEY", value_name = "KEY")]
    pub(super) key: VerifierKey,
    /// An older checkpoint of the same log that you kept; the log must begin with its events
    #[arg(long, value_name = "FILE")]
    pub(super) older: Option<PathBuf>,
}

/// Verifies that Parquet files contain exactly the events that a checkpoint covers.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct ArchiveArgs {
    /// A folder with the files, or s3://BUCKET
    #[arg(value_name = "FOLDER")]
    pub(super) files: String,
    /// The org
    #[arg(long, env = "AUDIT_ORG", allow_hyphen_values = true)]
    pub(super) org: OrgId,
    /// The signed checkpoint
    #[arg(long, value_name = "FILE")]
    pub(super) checkpoint: PathBuf,
    #[command(flatten)]
    pub(super) trust: TrustArgs,
}

/// Verifies that a log contains an event.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct EventArgs {
    /// The event, as the API returned it
    #[arg(value_name = "FILE")]
    pub(super) event: PathBuf,
    /// The proof of the event
    #[arg(long, value_name = "FILE")]
    pub(super) proof: PathBuf,
    /// A folder with the tiles of the log, for --older
    #[arg(long, value_name = "FOLDER", requires = "older")]
    pub(super) log: Option<PathBuf>,
    #[command(flatten)]
    pub(super) trust: TrustArgs,
}
