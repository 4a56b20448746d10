//! `audit ledger rebuild`: rebuilds the ledger of one org and prints what was done.

mod args;

use std::io::{self, Write};
use std::process::ExitCode;

pub use args::Args;
use args::Command;
use audit_recovery::{RebuildError, Rebuilt, rebuild::rebuild};

use crate::stores::{BROKEN, Stores, counted, write_staged_only};

/// Runs the subcommand.
pub fn main(args: &Args) -> ExitCode {
    let Command::Rebuild(args) = &args.command;
    crate::stores::run("audit ledger rebuild", async {
        let Stores { tables, archive } = args.stores.open().await;
        match rebuild(&tables, &archive, &args.org, args.replace).await {
            Ok(rebuilt) => {
                // The exit code reports the outcome even if standard output is closed.
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
    let Rebuilt { objects, batches, rows, copied, filters, lost, without_end, malformed, staged_only, next_seq } =
        rebuilt;
    let mut out = io::stdout();
    writeln!(out, "{org_id}: {} read, {copied} copied from staging", counted(*objects, "object"))?;
    for item in malformed {
        writeln!(out, "replaced: {item}")?;
    }
    if *lost > 0 {
        writeln!(out, "dropped from the ledger: at least {lost} rows that are neither hot nor in an object")?;
    }
    if let Some(batch) = without_end {
        writeln!(out, "the last segment of batch {batch} is missing: the number of rows lost with it is unknown")?;
    }
    write_staged_only(staged_only, &mut out)?;
    if *filters > 0 {
        writeln!(out, "the filters of {} were written", counted(*filters, "segment"))?;
    }
    match batches {
        0 if *filters > 0 => writeln!(out, "the ledger already contains all of them and ends at {next_seq}"),
        0 => writeln!(out, "the ledger already contains all of them and ends at {next_seq}; nothing was written"),
        _ => {
            let (batches, rows) = (counted(*batches, "batch"), counted(*rows, "row"));
            writeln!(out, "{batches} with {rows} added to the ledger, which now ends at {next_seq}")
        }
    }
}
