//! SIGINT and SIGTERM: the first one requests the stop, a second one ends the process.

use std::io::{self, Write as _};
use std::process::exit;
use std::thread;

use audit_local::stop::{GRACE, Stop};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code where the grace was not enough.
const LATE: i32 = 1;

/// What a shell adds to the number of the signal that ended a process.
const SIGNALED: i32 = 128;

/// Listens to the signals from now on, and returns the stop that they request.
///
/// # Guarantees
/// The process ends within the grace of the stop, and at once at a second signal, whatever the other threads do: this
/// one is occupied by nothing else. Ending at any moment loses nothing that was acknowledged.
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
                // Standard error may be closed; nothing is left to do then.
                _ = writeln!(io::stderr(), "audit serve: not stopped after {} s; the process ends", GRACE.as_secs());
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
