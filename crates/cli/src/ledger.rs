//! `audit ledger rebuild`: rebuilds the ledger of one org or of all, and prints what was done.

mod args;

use std::io::{self, Write};
use std::process::ExitCode;

pub use args::Args;
use args::{Command, RebuildArgs};
use audit_core::{Decision, OrgId, error::chain};
use audit_recovery::{RebuildError, Rebuilder, Rebuilt};
use futures::{StreamExt, pin_mut};

use crate::stores::{BROKEN, Stores, counted};

/// Runs the subcommand.
pub fn main(args: &Args) -> ExitCode {
    let Command::Rebuild(args) = &args.command;
    crate::stores::run("audit ledger rebuild", async {
        let Stores { tables, archive } = args.stores.open().await;
        rebuild(args, Rebuilder::new(tables, archive)).await
    })
}

async fn rebuild(args: &RebuildArgs, rebuilder: Rebuilder) -> Result<ExitCode, RebuildError> {
    // The exit code reports the outcome even if standard output is closed.
    let mut out = io::stdout();
    let Some(org_id) = &args.org else { return rebuild_all(&rebuilder, &mut out).await };
    match rebuilder.org(org_id).await {
        Ok(rebuilt) => {
            let _ = write(&rebuilt, org_id, &mut out);
            Ok(ExitCode::SUCCESS)
        }
        Err(RebuildError::Refused(refusal)) => {
            let _ = writeln!(io::stderr(), "{refusal}\nthe ledger was not written");
            Ok(ExitCode::from(BROKEN))
        }
        Err(error) => Err(error),
    }
}

async fn rebuild_all(rebuilder: &Rebuilder, out: &mut impl Write) -> Result<ExitCode, RebuildError> {
    let orgs = rebuilder.all().await?;
    pin_mut!(orgs);
    let (mut agreed, mut written, mut refused, mut failed) = (0, 0, 0, 0);
    while let Some((org_id, outcome)) = orgs.next().await {
        match outcome {
            Ok(rebuilt) => {
                *(if rebuilt.generation.is_some() { &mut written } else { &mut agreed }) += 1;
                let _ = write(&rebuilt, &org_id, out);
            }
            Err(error) => {
                *(if matches!(error, RebuildError::Refused(_)) { &mut refused } else { &mut failed }) += 1;
                let _ = writeln!(io::stderr(), "{org_id}: {}", chain(&error));
            }
        }
    }
    let orgs = counted(agreed + written + refused + failed, "org");
    let _ = writeln!(out, "{orgs}: {written} rebuilt, {agreed} unchanged, {refused} refused, {failed} failed");
    Ok(match (failed, refused) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(BROKEN),
        _ => ExitCode::FAILURE,
    })
}

fn write(rebuilt: &Rebuilt, org_id: &OrgId, out: &mut impl Write) -> io::Result<()> {
    let Rebuilt { claims, segments, generation, settled, malformed, next_seq, .. } = rebuilt;
    let Rebuilt { filters, copied, missing, without_tiles, .. } = rebuilt;
    let (claims, segments) = (counted(*claims, "claim"), counted(*segments, "segment"));
    write!(out, "{org_id}: {claims}, {segments}; ")?;
    match generation {
        None => writeln!(out, "the ledger agrees with its claims and ends at {next_seq}; nothing was written")?,
        Some(generation) => {
            writeln!(out, "the ledger was rebuilt as generation {generation}, and ends at {next_seq}")?;
        }
    }
    match settled {
        Some(Decision::Published(batch)) => writeln!(out, "batch {batch} was being archived: it is published")?,
        Some(Decision::Void(batch)) => {
            writeln!(out, "batch {batch} was being archived, and lacks objects: it is void, its rows are still hot")?;
        }
        Some(Decision::Switched(merge)) => writeln!(out, "merge {merge} was not finished: its segments are used")?,
        Some(Decision::Abandoned(merge)) => {
            writeln!(out, "merge {merge} was not finished, and lacks objects: the segments before it are used")?;
        }
        _ => {}
    }
    for item in malformed {
        writeln!(out, "replaced: {item}")?;
    }
    if *filters > 0 {
        writeln!(out, "the filters of {} were written", counted(*filters, "segment"))?;
    }
    if *copied > 0 {
        writeln!(out, "{} copied again from staging", counted(*copied, "missing object"))?;
    }
    for key in missing {
        writeln!(out, "{key} is missing: searches of its time range return 503; bring its former version back")?;
    }
    if let Some(reason) = without_tiles {
        writeln!(
            out,
            "the tiles of the newest batch could not be written, and passes of the org stop until they are: {reason}; \
             bring the former version of the object back, then run this command again"
        )?;
    }
    Ok(())
}
