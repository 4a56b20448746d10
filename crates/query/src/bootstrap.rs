//! The Lambda function of the query routes.

use std::sync::Arc;
use std::time::Duration;

use audit_http::CallerSource;
use audit_http::{gateway, service};
use audit_query::{BUDGET, CACHE_BYTES};
use audit_runtime::telemetry;
use audit_runtime::{Settings, SystemClock};
use audit_segments::{Buckets, SegmentStore};
use audit_tables::{TableNames, Tables};
use aws_config::timeout::TimeoutConfig;

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
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build();
    let config = aws_config::from_env().timeout_config(timeouts).load().await;
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(path_style).build();
    let tables = Tables::new(aws_sdk_dynamodb::Client::new(&config), names);
    let archive = SegmentStore::new(aws_sdk_s3::Client::from_conf(s3), buckets, CACHE_BYTES);
    let routes = audit_query::routes(tables, archive, Arc::new(SystemClock), BUDGET);
    gateway::run(service::framed(routes, callers)).await
}
