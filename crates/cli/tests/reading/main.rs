//! `audit search`, `stats` and `tail` against a stub of the API.
#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot continue fails the test")]

mod follow;
mod invalid;
mod pages;
mod signing;
mod stub;
mod terminal;

use std::process::{Command, Output};

/// A command that reads from a stub, without the user's own settings.
fn audit(subcommand: &str, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit"));
    command.arg(subcommand).args(["--endpoint", url, "--org", "acme"]);
    for variable in ["AUDIT_ENDPOINT", "AUDIT_ORG", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// Runs a command in a thread that may block; returns its exit code, its output and its notes.
async fn ended(mut command: Command) -> (i32, String, String) {
    let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
