//! The arguments of `audit check`.

use audit_core::OrgId;

use crate::stores::StoreArgs;

/// Verifies the rows, ledger and objects of one org, and reports what is wrong. Changes nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 no problems, 2 problems found, 1 the check could not be completed, 64 wrong usage."
)]
pub struct Args {
    /// The org
    #[arg(long, allow_hyphen_values = true)]
    pub org: OrgId,
    /// Where its data is stored
    #[command(flatten)]
    pub stores: StoreArgs,
}
