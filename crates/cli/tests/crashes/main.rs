//! `audit serve` under load, killed by force at random moments: every event that it acknowledged is found once at the
//! end.
//!
//! Writers, readers and the task that requests archive passes know nothing of the kills; they repeat each request that
//! got no response. `AUDIT_CRASH_SECONDS=600` makes a run long, `AUDIT_TEST_SEED` repeats the choices of an earlier
//! run.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops where a guarantee is violated, and prints its seed and figures"
)]

mod client;
mod end;
mod event;
mod figures;
mod files;
mod kills;
mod known;
mod passes;
mod readers;
mod run;
mod service;
mod writers;

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, join, join_all};
use kills::Kills;
use run::Run;

/// Writers of each org with keys.
const KEYED: u64 = 2;
/// Writers of each org, with and without keys.
const WRITERS: u64 = 3;
/// Readers of each org.
const READERS: u64 = 2;

#[tokio::test]
async fn what_was_acknowledged_is_found_once_however_often_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut kills, client) = Kills::start(folder.path()).await;
    let run = Run::new(client);
    println!("AUDIT_TEST_SEED={}", run.seed);
    for org in &run.orgs {
        org.provision(&run).await;
    }
    let mut load: Vec<LocalBoxFuture<()>> = vec![passes::ask(&run).boxed_local()];
    for (index, org) in (0..).zip(&run.orgs) {
        for number in 0..WRITERS {
            let writer = index * WRITERS + number;
            load.push(writers::write(&run, org, writer, number < KEYED).boxed_local());
        }
        for number in 0..READERS {
            load.push(readers::read(&run, org, index * READERS + number).boxed_local());
        }
    }
    let killing = async {
        kills.go_on(&run).await;
        run.ends.set(true);
    };
    join(join_all(load), killing).await;
    end::check(&run, &kills).await;
}
