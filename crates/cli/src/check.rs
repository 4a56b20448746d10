//! `audit check`: verifies one org and prints the findings.

mod args;
mod report;

use std::io;
use std::process::ExitCode;

use audit_recovery::{CheckError, check};

use crate::stores::{BROKEN, Stores};
pub use args::Args;

/// Runs the subcommand.
pub fn main(args: &Args) -> ExitCode {
    crate::stores::run("audit check", async {
        let Stores { tables, archive } = args.stores.open().await;
        let checked = check::org(&tables, &archive, &args.org).await?;
        // The exit code reports the outcome even if standard output is closed.
        let _ = report::write(&checked, &args.org, &mut io::stdout());
        Ok::<_, CheckError>(if checked.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
    })
}
