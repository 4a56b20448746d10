//! How a command that reads from the API ends: its errors and exit codes.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use audit_core::error::chain;

use crate::api::ApiError;

/// The exit code of an invalid command line: `EX_USAGE` of sysexits.h.
///
/// clap's own is 2, which `import` uses for "some lines were rejected".
pub const USAGE: u8 = 64;

/// The exit codes of the commands that read from the API, for their help.
pub(crate) const EXIT_CODES: &str = "Exit codes: 0 the request succeeded, even if nothing matches; 1 the request \
                                     failed; 64 invalid usage, or a value that the service refuses.";

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A request has no usable response.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Standard output cannot be written.
    #[error("cannot write to standard output")]
    Output(#[from] io::Error),
    /// The system has no runtime left.
    #[error("cannot start")]
    Start(#[source] io::Error),
}

impl Failure {
    /// A reader that has seen enough, such as `head`, closes the pipe. That is not an error.
    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Runs a command to its end; writes the error that stopped it to standard error.
pub(crate) fn run(name: &str, work: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Failure::Start).and_then(|runtime| runtime.block_on(work)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            note(name, chain(&failure));
            let is_usage = matches!(&failure, Failure::Api(error) if error.is_usage());
            if is_usage { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        }
    }
}

/// Writes a note to standard error.
pub(crate) fn note(name: &str, text: impl fmt::Display) {
    // Standard error may be closed; nothing can be done then.
    let _ = writeln!(io::stderr(), "{name}: {text}");
}
