//! `audit`: the command line of the audit-log service.

use std::process::ExitCode;

use audit::outcome::USAGE;
use audit::{check, completions, import, ledger, search, serve, stats, tail, verify};
use clap::{CommandFactory as _, Parser, Subcommand};

/// Serve, fill, search and verify an audit-log service.
#[derive(Debug, Parser)]
#[command(name = "audit", version, after_help = "Exit code 64: invalid usage.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Import(import::Args),
    Search(search::Args),
    Tail(tail::Args),
    Stats(stats::Args),
    Check(check::Args),
    Ledger(ledger::Args),
    Verify(verify::Args),
    Completions(completions::Args),
}

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(Cli { command: Command::Serve(args) }) => serve::main(args),
        Ok(Cli { command: Command::Import(args) }) => import::main(&args),
        Ok(Cli { command: Command::Search(args) }) => search::main(&args),
        Ok(Cli { command: Command::Tail(args) }) => tail::main(&args),
        Ok(Cli { command: Command::Stats(args) }) => stats::main(&args),
        Ok(Cli { command: Command::Check(args) }) => check::main(&args),
        Ok(Cli { command: Command::Ledger(args) }) => ledger::main(&args),
        Ok(Cli { command: Command::Verify(args) }) => verify::main(&args),
        Ok(Cli { command: Command::Completions(args) }) => completions::main(&args, Cli::command()),
        Err(error) => {
            // The exit code stays the same if standard output or standard error is closed.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
    }
}
