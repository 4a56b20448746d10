//! The Lambda function of the ingest routes.

use std::sync::Arc;
use std::time::Duration;

use audit_http::CallerSource;
use audit_http::{gateway, service};
use audit_runtime::{Settings, SystemClock, aws, telemetry};
use audit_tables::{IngestTableNames, IngestTables};

/// How long an attempt of a request to a store may take. The SDK's three end before the function's own time.
const ATTEMPT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::start_json();
    let settings = Settings::default();
    let names = IngestTableNames::from_settings(|name| settings.required(name));
    let callers = CallerSource::of_function(&settings);
    settings.complete()?;
    let config = aws::config(Some(ATTEMPT)).await;
    let tables = IngestTables::connect(&config, names);
    let routes = audit_ingest::routes(tables, Arc::new(SystemClock));
    gateway::run(service::framed(routes, callers)).await
}
