//! The real binary: it serves, stops cleanly, and finds everything again.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops where its setup fails, and prints the log")]

mod browsers;
mod early_answers;
mod operator;
mod process;
mod reading;
mod stop;
mod unparsed;
#[cfg(target_os = "linux")]
mod unwritable_log;
mod wire;
