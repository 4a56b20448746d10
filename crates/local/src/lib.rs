//! The whole service in one process: the routers and handlers that run on Lambda, over an embedded DynamoDB, S3 and
//! KMS.
//!
//! The service uses the same AWS SDK clients as on AWS; they connect to the embedded stores over loopback.

pub mod archive_route;
pub mod browsers;
pub mod clients;
pub mod connections;
mod drained;
pub mod dynamodb;
pub mod error;
mod format;
mod hyper_errors;
pub mod kms;
pub mod s3;
pub mod schedule;
mod server;
pub mod stack;
pub mod stop;
mod viewer_page;
