//! The arguments of `audit ledger`.

use audit_core::OrgId;

use crate::stores::StoreArgs;

/// Repairs the ledger of an org.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    Rebuild(RebuildArgs),
}

/// Rebuilds the ledger from the objects of the archive bucket. First stop the archive schedule and let running passes
/// end.
///
/// Adds what the ledger lacks, and refuses if ledger and bucket contradict each other. Running it again changes
/// nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the ledger is complete, 2 refused, 1 interrupted (run it again), 64 wrong usage."
)]
pub(super) struct RebuildArgs {
    /// The org
    #[arg(long, allow_hyphen_values = true)]
    pub(super) org: OrgId,
    /// Relies on the bucket only, even if the ledger or the events table contradict it
    #[arg(long)]
    pub(super) replace: bool,
    #[command(flatten)]
    pub(super) stores: StoreArgs,
}
