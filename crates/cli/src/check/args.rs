//! The arguments of `audit check`.

use audit_core::OrgId;

use crate::stores::StoreArgs;

/// Walks one org's rows, ledger and objects, changes nothing, and tells what is broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 nothing is broken, 2 something is, 1 could not look, 64 wrong usage.")]
pub struct Args {
    /// The org
    #[arg(long, allow_hyphen_values = true)]
    pub org: OrgId,
    /// Where its data is
    #[command(flatten)]
    pub stores: StoreArgs,
}
