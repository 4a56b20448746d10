//! `audit tail`: shows events as they arrive, late ones too.

mod args;
mod bars;
mod follower;

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use audit_core::error::chain;

use crate::api::{Api, Policy};
use crate::listing::Listing;
use crate::outcome::{Failure, note, run};
use crate::search::Page;
use crate::stores::counted;
pub use args::Args;
use follower::{Follower, Found, Keys};

const NAME: &str = "audit tail";

/// The longest pause after a failed poll.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Runs the subcommand until it is stopped.
pub fn main(args: &Args) -> ExitCode {
    run(NAME, tail(args))
}

async fn tail(args: &Args) -> Result<(), Failure> {
    // A failed poll is repeated as a whole.
    let api = Api::open(&args.api, Policy { tries: 1, ..Policy::interactive() }).await?;
    let mut listing = Listing::new(&args.listing);
    let (filter, output) = (args.filter.parameters(), listing.parameters());
    let mut follower = Follower::start(&api, &filter, &output).await?;
    // An event that arrives between the start and this request is both among the newest and new.
    let mut shown = HashSet::new();
    if args.last > 0 {
        let newest = [filter, output, vec![("limit", args.last.to_string())]].concat();
        let mut newest = api.get::<Page>("events", &newest).await?.body.events;
        newest.reverse();
        for event in &newest {
            shown.insert(api.parsed::<Keys>(event)?.id);
        }
        listing.write(&newest)?;
    }
    listing.marks_late = true;
    let org = &args.api.org;
    note(NAME, format_args!("following {org}; events that arrive late are shown too, however old they are"));
    let (mut failures, mut skipped) = (0, 0);
    loop {
        tokio::time::sleep(pause(args.every, failures)).await;
        let mut found = Found::default();
        let polled = follower.poll(&mut found).await;
        report(&found, &mut skipped);
        let new = found.events.into_iter().filter(|(id, _)| !shown.contains(id)).map(|(_, event)| event);
        listing.write(&new.collect::<Vec<_>>())?;
        match polled {
            Ok(()) => {
                if failures > 0 {
                    note(NAME, "connected again; the events that arrived in between are shown");
                }
                failures = 0;
            }
            Err(error) if error.is_transient() => {
                if failures == 0 {
                    note(NAME, format_args!("{}; retrying", chain(&error)));
                }
                failures += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Writes what is incomplete to standard error. Unreadable rows are read again and again, so only a new number counts.
fn report(found: &Found, skipped: &mut u64) {
    for (from, to) in &found.indistinct {
        note(
            NAME,
            format_args!(
                "some events from {from} to {to} became readable long after they were received, and cannot be \
                 distinguished from earlier ones; list all with: audit search --all --from {from} --to {to}"
            ),
        );
    }
    if found.skipped > *skipped {
        let rows = counted(found.skipped, "stored row");
        note(NAME, format_args!("{rows} in the range of new events cannot be read; tell the operator"));
    }
    *skipped = found.skipped.max(*skipped);
}

/// Returns the pause before the next poll; it doubles with every failure.
fn pause(every: Duration, failures: u32) -> Duration {
    every.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX)).min(LONGEST_PAUSE.max(every))
}
