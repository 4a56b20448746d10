//! `audit search`: lists the events that match.

mod args;

use std::process::ExitCode;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{Api, Policy};
use crate::listing::Listing;
use crate::outcome::{Failure, note, run};
use crate::stores::counted;
pub use args::Args;

const NAME: &str = "audit search";

/// The most events that one request returns.
pub(crate) const PAGE: usize = audit_core::limits::PAGE_EVENTS;

/// One page of events, each as the service sent it.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) events: Vec<Box<RawValue>>,
    pub(crate) next_cursor: Option<String>,
    #[serde(default)]
    pub(crate) skipped: u64,
}

/// Runs the subcommand.
pub fn main(args: &Args) -> ExitCode {
    run(NAME, search(args))
}

/// Writes page after page, so that the first events appear before the search ends.
async fn search(args: &Args) -> Result<(), Failure> {
    let api = Api::open(&args.api, Policy::interactive()).await?;
    let mut listing = Listing::new(&args.listing);
    let mut query = [args.filter.parameters(), args.range.parameters(), listing.parameters()].concat();
    query.extend(args.order.iter().map(|order| ("order", order.clone())));
    let (mut left, mut found, mut skipped) = (args.limit(), 0, 0);
    let mut cursor = String::new();
    let is_complete = loop {
        let mut page = query.clone();
        page.extend([("limit", left.min(PAGE).to_string()), ("cursor", cursor)]);
        let page: Page = api.get("events", &page).await?.body;
        listing.write(&page.events)?;
        left -= page.events.len().min(left);
        found += page.events.len();
        skipped += page.skipped;
        match page.next_cursor {
            None => break true,
            Some(_) if left == 0 => break false,
            Some(next) => cursor = next,
        }
    };
    if found == 0 && listing.is_table() {
        note(NAME, "no event matches");
    }
    if !is_complete {
        note(
            NAME,
            format_args!("the list ends after {}; more may match: use --limit or --all", counted(found, "event")),
        );
    }
    if skipped > 0 {
        let rows = counted(skipped, "stored row");
        note(NAME, format_args!("the list is incomplete: {rows} in its range cannot be read; tell the operator"));
    }
    Ok(())
}
