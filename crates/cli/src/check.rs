//! `audit check`: verifies one org and prints the findings.

mod args;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use audit_core::{OrgId, error::chain};
use audit_recovery::{CheckError, Checked, check};

use crate::stores::{BROKEN, Stores, counted, write_staged_only};
pub use args::Args;

/// Runs the subcommand.
pub fn main(args: &Args) -> ExitCode {
    crate::stores::run("audit check", async {
        let Stores { tables, archive } = args.stores.open().await;
        let checked = check::org(&tables, &archive, &args.org).await?;
        // The exit code reports the outcome even if standard output is closed.
        let _ = write(&checked, &args.org, &mut io::stdout());
        Ok::<_, CheckError>(if checked.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
    })
}

/// Writes the findings. Rows and objects are identified by their keys, which contain no personal data.
fn write(checked: &Checked, org_id: &OrgId, out: &mut impl Write) -> io::Result<()> {
    for violation in &checked.violations {
        writeln!(out, "{violation}")?;
    }
    let rows = checked.unreadable_rows.iter().map(|error| error as &dyn Error);
    let items = checked.unreadable_items.iter().map(|error| error as &dyn Error);
    let segments = checked.unreadable_segments.iter().map(|error| error as &dyn Error);
    let mut unreadable = 0;
    for error in rows.chain(items).chain(segments) {
        unreadable += 1;
        writeln!(out, "unreadable and kept (I-9): {}", chain(error))?;
    }
    write_staged_only(&checked.staged_only, out)?;
    let (hot, archived) = (counted(checked.hot.len(), "hot row"), counted(checked.archived.len(), "archived row"));
    let (segments, batches) = (counted(checked.segments, "segment"), counted(checked.batches, "batch"));
    write!(out, "{org_id}: {hot}, {archived} in {segments} of {batches}")?;
    match checked.head.as_ref().and_then(|head| head.open) {
        Some(open) => writeln!(out, "; batch {} is open, the next pass finishes it", open.first_seq)?,
        None => writeln!(out)?,
    }
    if checked.is_sound() {
        return writeln!(out, "no problems found");
    }
    let violated = counted(checked.violations.len() + checked.staged_only.len(), "violation");
    writeln!(out, "{violated}, {} unreadable", counted(unreadable, "item"))
}
