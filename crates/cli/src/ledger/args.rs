//! The arguments of `audit ledger`.

use audit_core::OrgId;

use crate::stores::StoreArgs;

/// Mends the ledger of an org.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Rebuild(RebuildArgs),
}

/// Makes the ledger from the objects of the archive bucket. Stop the archive schedule first, and let running passes end.
///
/// Adds what the ledger lacks, and refuses where ledger and bucket contradict each other. Running it again changes nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the ledger is whole, 2 refused, 1 could not go on (run it again), 64 wrong usage."
)]
pub(super) struct RebuildArgs {
    /// The org
    #[arg(long, allow_hyphen_values = true)]
    pub(super) org: OrgId,
    /// Goes by the bucket alone, instead of refusing where ledger or events table speak against it
    #[arg(long)]
    pub(super) replace: bool,
    #[command(flatten)]
    pub(super) stores: StoreArgs,
}
