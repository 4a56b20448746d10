//! SIGINT and SIGTERM: the first one requests the stop, a second one ends the process.

use std::io::{self, Write as _};
use std::process::exit;
use std::thread;

use audit_local::stop::{GRACE, Stop};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code when the stop took longer than its grace period.
const LATE: i32 = 1;

/// A process that a signal ended exits with this plus the signal's number, as in a shell.
const SIGNALED: i32 = 128;

/// Starts to listen for the signals, and returns the stop that they request.
///
/// # Guarantees
///
/// The process exits within the grace period of the stop, and immediately on a second signal, even if every other
/// thread is blocked: this thread does nothing else. Exiting at any moment loses no acknowledged event.
pub(super) fn listen() -> io::Result<Stop> {
    let stop = Stop::default();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let mut signals = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    drop(entered);
    let requested = stop.clone();
    let watch = async move {
        next(&mut signals).await;
        requested.request();
        tokio::select! {
            kind = next(&mut signals) => exit(SIGNALED + kind.as_raw_value()),
            () = requested.over() => {
                // Standard error may be closed.
                let _ = writeln!(
                    io::stderr(),
                    "audit serve: could not stop cleanly within {} s, exiting anyway; no acknowledged event is lost",
                    GRACE.as_secs()
                );
                exit(LATE)
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(watch))?;
    Ok(stop)
}

async fn next((interrupt, terminate): &mut (Signal, Signal)) -> SignalKind {
    tokio::select! {
        _ = interrupt.recv() => SignalKind::interrupt(),
        _ = terminate.recv() => SignalKind::terminate(),
    }
}
