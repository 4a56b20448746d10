//! `audit import`: sends events from files to the service.
//!
//! ```text
//! reader thread: files -> lines or records -> events -> batches ──bounded channel──> up to 4 deliveries at a time -> report
//! ```
//!
//! Memory contains a few batches, regardless of the size of the inputs. Every event has an idempotency key, so an
//! import that stopped early can be run again.

mod args;
mod batch;
mod client;
mod cloudtrail;
mod delivery;
mod event;
mod input;
mod records;
mod report;
mod source;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::watch;

pub use args::{Args, Format};
use batch::Batch;
use client::Client;
use delivery::Delivery;
use input::Message;
pub use report::{ImportError, Report};
use report::{Rejects, progress_bar};

pub use crate::api::Policy;

/// The most requests in flight at a time.
const IN_FLIGHT: usize = 4;

/// Runs the subcommand: imports, and prints the report.
pub fn main(args: &Args) -> ExitCode {
    let report = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(args, &Policy::default())),
        Err(error) => Report { stopped: Some(ImportError::Start(error)), ..Report::default() },
    };
    // The exit code reports the outcome even if standard output is closed.
    let _ = report.write(&mut io::stdout(), &mut io::stderr());
    ExitCode::from(report.exit_code())
}

/// Imports.
///
/// # Guarantees
///
/// Returns only when every request in flight has a response or was given up, so the report is complete. Nothing is
/// sent if an input is missing or the file for rejected lines cannot be created.
pub async fn run(args: &Args, policy: &Policy) -> Report {
    let started = Instant::now();
    let sent = send_all(args, policy).await;
    let mut report = sent.unwrap_or_else(|error| Report { stopped: Some(error), ..Report::default() });
    report.elapsed = started.elapsed();
    report
}

/// Sends what the reader hands over, until the end of the input or the first delivery that cannot succeed.
///
/// # Errors
///
/// Only before anything is sent.
async fn send_all(args: &Args, policy: &Policy) -> Result<Report, ImportError> {
    let total_bytes = source::total_bytes(&args.files)?;
    let rejects = Rejects::open(args.rejects.as_deref(), &args.files)?;
    let client = Client::open(&args.to, &args.org, args.sign, policy).await?;
    let mut input = input::spawn(args.files.clone(), args.format)?;
    let (halt, halted) = watch::channel(false);
    let (delivery, bar) = (&Delivery { client, policy, halted }, &progress_bar(total_bytes));
    let mut report = Report { rejects, ..Report::default() };
    let note = |text: &str| {
        // Standard error may be closed.
        let _ = bar.suspend(|| writeln!(io::stderr(), "audit import: {text}"));
    };
    let deliver = |batch: Batch| async move { (delivery.deliver(batch.items, note).await, batch.source_bytes) };
    let mut in_flight = FuturesUnordered::new();
    let mut reading = true;
    let mut unread = None;
    while reading || !in_flight.is_empty() {
        let bytes = tokio::select! {
            message = input.recv(), if reading && in_flight.len() < IN_FLIGHT => match message {
                Some(Message::Batch(batch)) => {
                    in_flight.push(deliver(batch));
                    0
                }
                Some(Message::Reject(reject, bytes)) => {
                    report.reject(reject);
                    bytes
                }
                end => {
                    reading = false;
                    unread = match end {
                        Some(Message::End(end)) => end.err(),
                        _ => Some(ImportError::Reader),
                    };
                    0
                }
            },
            Some((delivered, bytes)) = in_flight.next() => {
                report.count(delivered);
                bytes
            }
        };
        bar.inc(bytes);
        bar.set_message(report.counts());
        if report.stopped.is_some() {
            // Requests in flight get their responses, so that everything stored is counted. Nothing new is sent.
            reading = false;
            halt.send_replace(true);
        }
    }
    bar.finish_and_clear();
    unread.into_iter().for_each(|error| report.stop(error));
    Ok(report)
}
