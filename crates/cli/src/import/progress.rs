//! Shows how far an import is, on a terminal.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::report::Report;

/// A bar on standard error; nothing where that is no terminal, but for the notes.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Starts a bar of so many bytes of input, or one without an end.
    pub(crate) fn new(total_bytes: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(total_bytes, ProgressDrawTarget::stderr());
        let template = match total_bytes {
            Some(_) => "{wide_bar} {bytes}/{total_bytes} {eta} {msg}",
            None => "{spinner} {bytes} {elapsed} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Moves on by so many bytes of input.
    pub(crate) fn advance(&self, bytes: u64, report: &Report) {
        self.0.inc(bytes);
        self.0.set_message(report.counts());
    }

    /// Writes a line above the bar.
    pub(crate) fn note(&self, text: &str) {
        // A standard error that is gone has nobody to tell.
        self.0.suspend(|| drop(writeln!(io::stderr(), "audit: {text}")));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
