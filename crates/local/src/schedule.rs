//! The schedule of the archive pass, as EventBridge Scheduler keeps it on AWS.

use std::time::Duration;

use audit_compact::Compactor;
use audit_core::error::chain;
use tokio::task::JoinHandle;

/// Starts a pass over all orgs every `period`. Aborting the task is safe at any moment: the next pass resumes.
pub fn start(compactor: Compactor, period: Duration) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(period).await;
            if let Err(error) = compactor.pass_all(false, None).await {
                tracing::error!(error = chain(&error), "the orgs could not be listed; the next pass tries again");
            }
        }
    })
}
