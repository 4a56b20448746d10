//! The whole service in one process: the routers and handlers that run on Lambda, over an embedded DynamoDB and an
//! embedded S3.
//!
//! There is no second implementation of a store: the real AWS SDK clients talk over loopback to these two.

pub mod archive_route;
mod background;
pub mod browsers;
pub mod clients;
pub mod connections;
mod drained;
pub mod dynamodb;
pub mod error;
pub mod refusals;
pub mod s3;
pub mod schedule;
mod server;
pub mod stack;
pub mod stop;
