//! The schedule of the archive pass, as EventBridge Scheduler keeps it on AWS.

use std::time::Duration;

use audit_compact::{Compactor, Round};
use audit_core::error::chain;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::background;
use crate::stop::Stop;

/// Starts a pass over all orgs every `period`, until the stop. A pass may end at any moment: the next one resumes.
///
/// An org that needs more time than `period` continues in the next pass, after all others have had a turn there.
pub fn start(compactor: Compactor, period: Duration, stop: Stop) -> JoinHandle<u64> {
    let pass = move || {
        let compactor = compactor.clone();
        async move {
            let round = Round { force: false, stop_at: None, turns_until: Some(Instant::now() + period) };
            if let Err(error) = compactor.round(round).await {
                tracing::error!(error = chain(&error), "the orgs could not be listed; the next pass tries again");
            }
        }
    };
    tokio::spawn(async move { background::repeat(period, &stop, pass).await })
}
