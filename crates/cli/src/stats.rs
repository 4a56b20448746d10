//! `audit stats`: counts the events that match.

mod args;
mod chart;
mod counts;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use console::Term;

use crate::api::{Api, Policy};
use crate::outcome::{Failure, note, run};
use crate::stores::counted;
pub use args::Args;
pub(crate) use counts::Counts;

const NAME: &str = "audit stats";

/// Runs the subcommand.
pub fn main(args: &Args) -> ExitCode {
    run(NAME, stats(args))
}

async fn stats(args: &Args) -> Result<(), Failure> {
    let api = Api::open(&args.api, Policy::interactive()).await?;
    let counts = Counts::get(&api, &args.parameters(), args.top()).await?.body;
    let mut out = io::BufWriter::new(io::stdout().lock());
    if io::stdout().is_terminal() && !args.json {
        chart::write(&counts, usize::from(Term::stdout().size().1), &mut out)?;
    } else {
        serde_json::to_writer(&mut out, &counts).map_err(io::Error::from)?;
        writeln!(out)?;
    }
    out.flush()?;
    if let Some(skipped) = counts.skipped {
        let rows = counted(skipped, "stored row");
        note(NAME, format_args!("the counts are incomplete: {rows} in the range cannot be read; tell the operator"));
    }
    Ok(())
}
