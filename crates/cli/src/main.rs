//! `audit`: the command line of the audit-log service.

use std::process::ExitCode;

use audit::{check, import, ledger, serve};
use clap::{Parser, Subcommand};

/// The exit code of a command line that cannot be parsed: `EX_USAGE` of sysexits.h.
///
/// clap's own is 2, which `import` uses for "some lines were refused".
const USAGE: u8 = 64;

/// Works with the audit-log service.
#[derive(Debug, Parser)]
#[command(name = "audit", version, after_help = "A command line that cannot be parsed exits with 64.")]
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
            // A closed stdout or stderr is no reason for another exit code.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
        }
    }
}
