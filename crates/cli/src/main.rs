//! `audit`: the command line of the audit-log service.

use std::process::ExitCode;

use audit::{check, import, ledger, serve};
use clap::{Parser, Subcommand};

/// The exit code of an invalid command line: `EX_USAGE` of sysexits.h.
///
/// clap's own is 2, which `import` uses for "some lines were rejected".
const USAGE: u8 = 64;

/// Serve, fill and verify an audit-log service.
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
    Check(check::Args),
    Ledger(ledger::Args),
}

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(Cli { command: Command::Serve(args) }) => serve::main(args),
        Ok(Cli { command: Command::Import(args) }) => import::main(&args),
        Ok(Cli { command: Command::Check(args) }) => check::main(&args),
        Ok(Cli { command: Command::Ledger(args) }) => ledger::main(&args),
        Err(error) => {
            // The exit code stays the same if standard output or standard error is closed.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
    }
}
