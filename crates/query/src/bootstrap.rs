//! The Lambda function of the query routes.

use std::sync::Arc;
use std::time::Duration;

use audit_http::CallerSource;
use audit_http::{gateway, service};
use audit_query::{BUDGET, CACHE_BYTES};
use audit_runtime::{Settings, SystemClock, aws, telemetry};
use audit_segments::{Buckets, SegmentStore};
use audit_tables::{TableNames, Tables};

/// How long an attempt of a request to a store may take. The SDK's three end before the function's own time.
const ATTEMPT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::start_json();
    let settings = Settings::default();
    let names = TableNames::from_settings(|name| settings.required(name));
    let buckets = Buckets::from_settings(|name| settings.required(name));
    let callers = CallerSource::of_function(&settings);
    let path_style = settings.path_style();
    settings.complete()?;
    let config = aws::config(Some(ATTEMPT)).await;
    let tables = Tables::connect(&config, names);
    let archive = SegmentStore::connect(&config, buckets, path_style, CACHE_BYTES);
    let routes = audit_query::routes(tables, archive, Arc::new(SystemClock), BUDGET);
    gateway::run(service::framed(routes, callers)).await
}
