//! `audit-bench`: what each part of the service costs on this machine, against DuckDB, PostgreSQL and bare loops.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod archive;
mod client;
mod dice;
mod events;
mod figures;
mod hot;
mod lambda;
mod parts;
mod peers;
mod process;
mod proxy;
mod questions;

use std::error::Error;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use audit_core::error::chain;
use clap::{Parser, Subcommand};
use serde_json::json;

use crate::events::Events;
use crate::figures::{Figure, HEADER};

/// What stops a benchmark.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Measures the service, and prints one table.
#[derive(Debug, Parser)]
#[command(name = "audit-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print realistic events of one org as JSON lines, in order of time.
    Generate(Events),
    /// Measure every part.
    All(Options),
    /// JSON lines to sorted Parquet, against DuckDB.
    Encode(Options),
    /// Searches over HTTP, against DuckDB and PostgreSQL.
    Search(Options),
    /// Counts over HTTP, against DuckDB.
    Stats(Options),
    /// Recording events, against a bare loop of `PutItem`.
    Ingest(Options),
    /// An archive pass over many hot rows.
    Pass(Options),
    /// The first response of each function, against the smallest function.
    Cold(Options),
    /// Searches in archives of other sizes.
    Growth(Options),
    /// Searches with 25 ms added to each request to the object store.
    Remote(Options),
    /// What a million events cost by list prices.
    Cost(Options),
    /// `audit serve`, in a process of its own.
    #[command(hide = true)]
    Serve(audit::serve::Args),
    /// Encodes a file, in a process of its own whose memory is measured.
    #[command(hide = true)]
    EncodeFile { lines: PathBuf, out: PathBuf },
}

/// What the parts have in common.
#[derive(Debug, Clone, clap::Args)]
struct Options {
    #[command(flatten)]
    events: Events,
    /// Folder of archives and peers. `crates/bench/install` puts the peers there.
    #[arg(long, default_value = "target/bench", value_name = "DIR")]
    data: PathBuf,
    /// Where the figures are written as JSON.
    #[arg(long, default_value = "target/bench/figures.json", value_name = "FILE")]
    json: PathBuf,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => return audit::serve::main(args),
        Command::Generate(events) => generate(&events),
        Command::EncodeFile { lines, out } => parts::encode::encode_file(&lines, &out),
        Command::All(options) => measure(&options, &parts::ALL),
        Command::Encode(options) => measure(&options, &["encode"]),
        Command::Search(options) => measure(&options, &["search"]),
        Command::Stats(options) => measure(&options, &["stats"]),
        Command::Ingest(options) => measure(&options, &["ingest"]),
        Command::Pass(options) => measure(&options, &["pass"]),
        Command::Cold(options) => measure(&options, &["cold"]),
        Command::Growth(options) => measure(&options, &["growth"]),
        Command::Remote(options) => measure(&options, &["remote"]),
        Command::Cost(options) => measure(&options, &["cost"]),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "audit-bench: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn generate(events: &Events) -> Result<()> {
    let (first_day, mut out) = (events.first_day()?, BufWriter::new(std::io::stdout().lock()));
    for number in 0..events.count {
        writeln!(out, "{}", events.line(first_day, number))?;
    }
    Ok(out.flush()?)
}

/// Measures some parts, each figure printed as it is known.
fn measure(options: &Options, parts: &[&str]) -> Result<()> {
    if cfg!(debug_assertions) {
        return Err("a benchmark of a debug build says nothing: use cargo run --release".into());
    }
    audit_runtime::aws::use_ring();
    std::fs::create_dir_all(&options.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("{HEADER}");
    let mut figures: Vec<Figure> = Vec::new();
    for part in parts {
        let started = std::time::Instant::now();
        let measured = runtime.block_on(parts::measure(part, options))?;
        measured.iter().for_each(|figure| println!("{figure}"));
        figures.extend(measured);
        let _ = writeln!(std::io::stderr(), "{part}: {:.0} s", started.elapsed().as_secs_f64());
    }
    let report = json!({ "machine": process::machine(), "events": options.events.count, "days": options.events.days,
        "seed": options.events.seed, "figures": figures });
    Ok(std::fs::write(&options.json, serde_json::to_vec_pretty(&report)?)?)
}
