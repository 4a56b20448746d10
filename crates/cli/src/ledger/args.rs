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

/// Rebuilds the ledger from the claims in the archive bucket. Passes may run meanwhile.
///
/// A ledger that agrees with its claims is left as it is. Otherwise the searches of the org return 503, and its events are
/// not archived, until the command ends, a minute later at the earliest. If it stops before, run it again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the ledger is complete, 2 refused, 1 interrupted (run it again), 64 wrong usage.",
    group(clap::ArgGroup::new("orgs").required(true).args(["org", "all"]))
)]
pub(super) struct RebuildArgs {
    /// The org
    #[arg(long, allow_hyphen_values = true)]
    pub(super) org: Option<OrgId>,
    /// Every org that has claims in the archive bucket
    #[arg(long)]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) stores: StoreArgs,
}
