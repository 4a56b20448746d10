//! `audit completions`: prints a script that completes the command line in a shell.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Command;
use clap_complete::Shell;

use crate::outcome::run;

/// Print a script that completes subcommands and flags in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Bash: source <(audit completions bash)\nZsh: audit completions zsh > ~/.zfunc/_audit\n\
                  Fish: audit completions fish > ~/.config/fish/completions/audit.fish")]
pub struct Args {
    /// The shell.
    #[arg(value_parser = shells())]
    pub shell: Shell,
}

/// The shells that are documented.
fn shells() -> impl clap::builder::TypedValueParser<Value = Shell> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(["bash", "zsh", "fish"]).try_map(|shell| shell.parse::<Shell>())
}

/// Runs the subcommand for the command line `command`.
pub fn main(args: &Args, mut command: Command) -> ExitCode {
    // In memory first: the generator panics when its output is closed.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "audit", &mut script);
    run("audit completions", async { Ok(io::stdout().write_all(&script)?) })
}
