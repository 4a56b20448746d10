//! `audit ledger rebuild`: makes an org's ledger from its objects alone.
//!
//! 1. read every object of the org whole, and the ledger that is there
//! 2. publish again what the ledger says is published, and is missing, and is still staged
//! 3. the ledger names all objects already: nothing to do
//! 4. lay the objects end to end from sequence number 0; a gap is closed from what was staged, and so is a last batch
//!    without its end
//! 5. take the batches that the ledger lacks into it, one transaction each   crash: the ledger is older; run it again
//!
//! What stands under final keys without a gap is taken as it is, also the beginning of a batch whose other segments were
//! never copied and are staged no more: those rows were never deleted, are still hot, and join a later batch. The rows of
//! the beginning are hot too, else it is refused; the next pass drops them as repeats. So the sequence stays dense (I-4),
//! each id stays in one segment (I-2), and every object that Athena sees is of a committed batch (I-5). Nothing in the
//! bucket is ever replaced or removed.
//!
//! Nobody else may write meanwhile: a pass over an incomplete ledger would give numbers a second time.

mod args;
mod bucket;
mod gap;
mod lost;
mod plan;
pub mod rebuild;
mod refusal;
mod tiling;

use std::io::{self, Write};
use std::process::ExitCode;

pub use args::Args;
use args::Command;
use rebuild::{RebuildError, Rebuilt, rebuild};
pub use refusal::Refusal;

use crate::staged_only;
use crate::stores::{BROKEN, Stores};

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
    staged_only::write(staged_only, &mut out)?;
    match batches {
        0 => writeln!(out, "the ledger ends at {next_seq} and names them all; no batch was added to it"),
        _ => writeln!(out, "{batches} batches of {rows} rows taken into the ledger, which ends at {next_seq} now"),
    }
}
