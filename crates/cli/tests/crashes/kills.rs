//! Kills, and starts afterwards.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::client::Client;
use crate::run::Run;
use crate::service::{Addresses, Service};

/// The minimum number of kills, even in a short run.
const AT_LEAST: u64 = 8;
/// Maximum lifetime of a process that is not watched until it archives.
const LIFE_MS: u64 = 2_000;
/// Maximum lifetime of a process that is killed while it starts.
const START_MS: u64 = 300;
/// How often a process is killed while it starts.
const IN_START: f64 = 0.2;

/// The current process, and how its clients learn its address.
pub(crate) struct Kills {
    pub(crate) folder: PathBuf,
    pub(crate) addresses: Addresses,
    pub(crate) service: Service,
    sender: watch::Sender<Option<String>>,
}

impl Kills {
    /// Starts the first process.
    pub(crate) async fn start(folder: &Path) -> (Self, Client) {
        let mut service = Service::spawn(folder);
        let addresses = service.ready().await;
        let (sender, receiver) = watch::channel(Some(addresses.api.clone()));
        (Self { folder: folder.to_owned(), addresses, service, sender }, Client::new(receiver))
    }

    /// Kills and starts until the run is over; the last process stays.
    pub(crate) async fn go_on(&mut self, run: &Run) {
        let mut rng = run.rng(u64::MAX);
        while run.start.elapsed() < run.length || run.figures.kills.get() < AT_LEAST {
            live(run, &mut rng).await;
            self.sender.send_replace(None);
            self.replace(run);
            while rng.random_bool(IN_START) {
                sleep(Duration::from_millis(rng.random_range(0..START_MS))).await;
                self.replace(run);
            }
            self.addresses = self.service.ready().await;
            self.sender.send_replace(Some(self.addresses.api.clone()));
        }
    }

    /// Kills the process and starts another. Only one process at a time can have the folder, so the first one ends
    /// before the next one starts.
    fn replace(&mut self, run: &Run) {
        self.service.kill();
        run.figures.kills.add(1);
        self.service = Service::spawn(&self.folder);
        run.figures.restarts.add(1);
    }
}

/// Waits for the moment of the next kill.
async fn live(run: &Run, rng: &mut Xoshiro256PlusPlus) {
    match rng.random_range(0..4) {
        // Some passes complete, even on a slow machine.
        0 => run.passes.ended.notified().await,
        // At any step of a pass.
        1 => {
            run.passes.begun.notified().await;
            sleep(run.passes.took.get().mul_f64(rng.random())).await;
        }
        _ => sleep(Duration::from_millis(rng.random_range(1..LIFE_MS))).await,
    }
}
