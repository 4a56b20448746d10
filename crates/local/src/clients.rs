//! AWS SDK clients of the local stores. Only endpoint and credentials differ from those on AWS.

use audit_runtime::aws;
use aws_credential_types::Credentials;

use crate::s3::{ACCESS_KEY, SECRET_KEY};

/// The region that the clients sign for; the stores ignore it.
pub const REGION: &str = "us-east-1";

/// Returns the configuration of a DynamoDB client for an endpoint on loopback.
pub fn dynamodb_config(endpoint: &str, access_key: &str) -> aws_sdk_dynamodb::config::Builder {
    aws_sdk_dynamodb::Config::builder()
        .http_client(aws::http())
        .endpoint_url(endpoint)
        .region(aws_sdk_dynamodb::config::Region::new(REGION))
        .credentials_provider(Credentials::from_keys(access_key, SECRET_KEY, None))
}

/// Returns a client of an embedded DynamoDB, also of another process, by the endpoint that it prints.
pub fn dynamodb(endpoint: &str) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::from_conf(dynamodb_config(endpoint, ACCESS_KEY).build())
}

/// Returns the configuration of a client of the embedded KMS.
pub fn kms_config(endpoint: &str) -> aws_sdk_kms::config::Builder {
    aws_sdk_kms::Config::builder()
        .http_client(aws::http())
        .endpoint_url(endpoint)
        .region(aws_sdk_kms::config::Region::new(REGION))
        .credentials_provider(Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None))
}

/// Returns an S3 client for an endpoint on loopback.
pub fn s3(endpoint: &str) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(s3_config(endpoint).build())
}

/// Returns the configuration of an S3 client, for tests that add to it. The bucket is the first part of the path.
pub fn s3_config(endpoint: &str) -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder()
        .http_client(aws::http())
        .endpoint_url(endpoint)
        .region(aws_sdk_s3::config::Region::new(REGION))
        .credentials_provider(Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None))
        .force_path_style(true)
}
