//! Why an import could not go on.

use std::io;
use std::path::{Path, PathBuf};

/// Why an import could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// An input cannot be read, or not to its end.
    #[error("{} cannot be read", .0.display())]
    Input(PathBuf, #[source] io::Error),
    /// The file for refused lines cannot be written.
    #[error("{} cannot be written", .0.display())]
    Rejects(PathBuf, #[source] io::Error),
    /// The file for refused lines is one of the inputs, or in a folder of them: it would be emptied and read.
    #[error("{} is an input or in one, and cannot be the rejects file", .0.display())]
    RejectsIsInput(PathBuf),
    /// This machine gives no thread, no runtime.
    #[error("the import cannot start")]
    Start(#[source] io::Error),
    /// This machine gives no HTTP client.
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
    /// The reader ended without a last word.
    #[error("reading ended unexpectedly")]
    Reader,
    /// The service gave an answer that no further try changes.
    #[error("{0}")]
    Answer(String),
    /// The service could not be reached or was busy, as often as was tried.
    #[error("gave up after {tries} tries: {reason}")]
    GaveUp {
        /// How often one request was sent.
        tries: u32,
        /// What the last try brought.
        reason: String,
    },
}

impl Stop {
    pub(crate) fn input(file: &Path) -> impl FnOnce(io::Error) -> Self {
        |error| Self::Input(file.to_owned(), error)
    }

    pub(crate) fn rejects(file: &Path) -> impl FnOnce(io::Error) -> Self {
        |error| Self::Rejects(file.to_owned(), error)
    }
}
