//! `audit ledger rebuild`: rebuilds the ledger of one org and prints what was done.

mod args;

use std::io::{self, Write};
use std::process::ExitCode;

pub use args::Args;
use args::Command;
use audit_recovery::{RebuildError, Rebuilt, rebuild::rebuild};

use crate::stores::{BROKEN, Stores, write_staged_only};

/// Runs the subcommand.
pub fn main(args: &Args) -> ExitCode {
    let Command::Rebuild(args) = &args.command;
    crate::stores::run("audit ledger rebuild", async {
        let Stores { tables, archive } = args.stores.open().await;
        match rebuild(&tables, &archive, &args.org, args.replace).await {
            Ok(rebuilt) => {
                // The exit code tells the outcome also where nobody reads the text.
                let _ = write(&rebuilt, &args.org.to_string());
                Ok(ExitCode::SUCCESS)
            }
            Err(RebuildError::Refused(refusal)) => {
                let _ = writeln!(io::stderr(), "{refusal}\nthe ledger was not written");
                Ok(ExitCode::from(BROKEN))
            }
            Err(error) => Err(error),
        }
    })
}

fn write(rebuilt: &Rebuilt, org_id: &str) -> io::Result<()> {
    let Rebuilt { objects, batches, rows, copied, lost, without_end, malformed, staged_only, next_seq } = rebuilt;
    let mut out = io::stdout();
    writeln!(out, "{org_id}: {objects} objects read, {copied} copied from staging")?;
    for item in malformed {
        writeln!(out, "replaced: {item}")?;
    }
    if *lost > 0 {
        writeln!(out, "dropped: at least {lost} rows that the ledger named are neither hot nor in an object")?;
    }
    if let Some(batch) = without_end {
        writeln!(out, "batch {batch} was published and lacks its end: nobody can tell how many rows are lost with it")?;
    }
    write_staged_only(staged_only, &mut out)?;
    match batches {
        0 => writeln!(out, "the ledger ends at {next_seq} and names them all; no batch was added to it"),
        _ => writeln!(out, "{batches} batches of {rows} rows taken into the ledger, which ends at {next_seq} now"),
    }
}
