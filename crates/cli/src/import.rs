//! `audit import`: sends events from files to the service.
//!
//! ```text
//! reader thread: files -> lines or records -> events -> batches ──bounded channel──> up to 4 deliveries at a time -> report
//! ```
//!
//! Memory holds a few batches, whatever the inputs' size. Every event has an idempotency key, so an import that ended
//! before its time can be run again as it is.

mod answer;
mod args;
mod batch;
mod client;
mod cloudtrail;
mod delivery;
mod event;
mod files;
mod input;
mod lines;
mod policy;
mod progress;
mod records;
mod rejects;
mod report;
mod source;
mod stop;

use std::io;
use std::process::ExitCode;
use std::time::Instant;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

pub use args::{Args, Format};
use batch::Batch;
use client::Client;
use delivery::{Courier, Delivered};
use input::Read;
pub use policy::Policy;
use progress::Progress;
use rejects::{Refusal, Rejects};
pub use report::Report;
pub use stop::Stop;

/// The requests under way at a time.
const IN_FLIGHT: usize = 4;

/// Runs the subcommand: imports, and prints the report.
pub fn main(args: &Args) -> ExitCode {
    let report = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(args, &Policy::default())),
        Err(error) => Report { stopped: Some(Stop::Start(error)), ..Report::default() },
    };
    // The exit code tells the outcome also where nobody reads the text.
    let _ = report.write(&mut io::stdout(), &mut io::stderr());
    ExitCode::from(&report)
}

/// Imports.
///
/// *Guarantees*: returns only when every request under way has been answered or given up, so that the report is
/// complete. Nothing is sent where an input is missing or the rejects file cannot be made.
pub async fn run(args: &Args, policy: &Policy) -> Report {
    let started = Instant::now();
    let mut report = match prepare(args, policy) {
        Ok(ready) => send_all(ready).await,
        Err(stop) => Report { stopped: Some(stop), ..Report::default() },
    };
    report.elapsed = started.elapsed();
    report.rejects = args.rejects.clone();
    report
}

/// All that an import needs.
struct Ready<'a> {
    courier: Courier<'a>,
    halt: watch::Sender<bool>,
    input: Receiver<Read>,
    progress: Progress,
    tally: Tally,
}

/// Does everything that can fail before anything is sent.
fn prepare<'a>(args: &Args, policy: &'a Policy) -> Result<Ready<'a>, Stop> {
    let total_bytes = input::total_bytes(&args.files)?;
    let rejects = Rejects::open(args.rejects.as_deref(), &args.files)?;
    let client = Client::new(&args.to, args.org.as_str(), policy)?;
    let (halt, halted) = watch::channel(false);
    Ok(Ready {
        courier: Courier { client, policy, halt: halted },
        halt,
        input: input::spawn(args.files.clone(), args.format)?,
        progress: Progress::new(total_bytes),
        tally: Tally { rejects, report: Report::default() },
    })
}

/// Sends what the reader hands over, until the end of the input or the first delivery that must stop.
async fn send_all(ready: Ready<'_>) -> Report {
    let Ready { courier, halt, mut input, progress, mut tally } = ready;
    let (courier, progress) = (&courier, &progress);
    let deliver = |batch: Batch| async move {
        (courier.deliver(batch.items, |note| progress.note(note)).await, batch.source_bytes)
    };
    let mut under_way = FuturesUnordered::new();
    let mut reading = true;
    let mut unread = None;
    while reading || !under_way.is_empty() {
        let bytes = tokio::select! {
            read = input.recv(), if reading && under_way.len() < IN_FLIGHT => match read {
                Some(Read::Batch(batch)) => {
                    under_way.push(deliver(batch));
                    0
                }
                Some(Read::Refused(refusal, bytes)) => {
                    tally.refuse(refusal);
                    bytes
                }
                end => {
                    reading = false;
                    unread = why_unread(end);
                    0
                }
            },
            Some((delivered, bytes)) = under_way.next() => {
                tally.count(delivered);
                bytes
            }
        };
        progress.advance(bytes, &tally.report);
        if tally.report.stopped.is_some() {
            // What is under way gets its answer, so that nothing stored stays uncounted; nothing new is sent.
            reading = false;
            halt.send_replace(true);
        }
    }
    progress.finish();
    tally.finish(unread)
}

/// Why the reader ended, `None` where it has read everything.
fn why_unread(end: Option<Read>) -> Option<Stop> {
    match end {
        Some(Read::End) => None,
        Some(Read::Failed(stop)) => Some(stop),
        _ => Some(Stop::Reader),
    }
}

/// Keeps count.
struct Tally {
    rejects: Rejects,
    report: Report,
}

impl Tally {
    fn count(&mut self, delivered: Delivered) {
        self.report.created += delivered.created;
        self.report.duplicate += delivered.duplicate;
        self.report.unanswered += delivered.unanswered;
        delivered.refused.into_iter().for_each(|refusal| self.refuse(refusal));
        if let Some(stop) = delivered.stopped {
            self.stop(stop);
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.report.refused += 1;
        if let Err(stop) = self.rejects.add(refusal) {
            self.stop(stop);
        }
    }

    /// Keeps the first reason: the later ones follow from it.
    fn stop(&mut self, stop: Stop) {
        self.report.stopped.get_or_insert(stop);
    }

    fn finish(mut self, unread: Option<Stop>) -> Report {
        if let Some(stop) = unread {
            self.stop(stop);
        }
        self.report.shown = self.rejects.into_shown();
        self.report
    }
}
