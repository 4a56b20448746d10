//! The Lambda function `compact`: runs one [`Task`] of the archive pass per invocation, and stops before its deadline.

use std::sync::Arc;
use std::time::Duration;

use audit_compact::{CACHE_BYTES, Compactor, DELETE_UNITS_PER_SECOND, Done, LogSettings, Signer, Task};
use audit_core::Clock;
use audit_runtime::{Settings, SystemClock, aws, telemetry};
use audit_segments::{Buckets, SegmentStore};
use audit_tables::{TableNames, Tables};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tokio::time::Instant;

/// How long before its deadline a task stops: copies and deletes end then, and the rows read so far are committed.
const RESERVE: Duration = Duration::from_secs(60);

/// How long one attempt of a request to a store may take. The largest request uploads a whole segment.
const ATTEMPT: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::start_json();
    let settings = Settings::default();
    let names = TableNames::from_settings(|name| settings.required(name));
    let buckets = Buckets::from_settings(|name| settings.required(name));
    let log = LogSettings::from_settings(|name| settings.required(name));
    let path_style = settings.path_style();
    settings.complete()?;
    let config = aws::config(Some(ATTEMPT)).await;
    let tables = Tables::connect(&config, names);
    let archive = SegmentStore::connect(&config, buckets, path_style, CACHE_BYTES);
    let compactor = Compactor::new(tables, archive, Arc::new(SystemClock), Some(DELETE_UNITS_PER_SECOND));
    let compactor = compactor.signing(Signer::connect(&config, log));
    lambda_runtime::run(service_fn(|event: LambdaEvent<Task>| handle(&compactor, event))).await
}

async fn handle(compactor: &Compactor, event: LambdaEvent<Task>) -> Result<Done, Error> {
    let stop_at = Instant::now() + time_left(event.context.deadline).saturating_sub(RESERVE);
    Ok(compactor.run(event.payload, stop_at).await?)
}

/// Returns the time until the deadline, which is in Unix milliseconds.
fn time_left(deadline_ms: u64) -> Duration {
    let now_ms = u64::try_from(SystemClock.now().micros() / 1000).unwrap_or(0);
    Duration::from_millis(deadline_ms.saturating_sub(now_ms))
}
