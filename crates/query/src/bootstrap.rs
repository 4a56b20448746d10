//! The Lambda function of the query routes.

use std::sync::Arc;

use audit_archive::{Archive, Buckets};
use audit_http::caller::CallerSource;
use audit_http::clock::SystemClock;
use audit_http::settings::Settings;
use audit_http::{service, telemetry};
use audit_query::{BUDGET, CACHE_BYTES};
use audit_tables::{TableNames, Tables};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::start_json();
    let settings = Settings::default();
    let names = TableNames::from_settings(|name| settings.required(name));
    let buckets = Buckets::from_settings(|name| settings.required(name));
    settings.complete()?;
    let config = aws_config::load_from_env().await;
    let tables = Tables::new(aws_sdk_dynamodb::Client::new(&config), names);
    let archive = Archive::new(aws_sdk_s3::Client::new(&config), buckets, CACHE_BYTES);
    let routes = audit_query::routes(tables, archive, Arc::new(SystemClock), BUDGET);
    lambda_http::run(service::framed(routes, CallerSource::ApiGateway)).await
}
