//! An embedded DynamoDB and an embedded S3, served over loopback to the real AWS SDK clients.
//!
//! There is no second implementation of a store: the code that runs on AWS runs here, against these two.

pub mod dynamodb;
pub mod error;
pub mod s3;
mod server;
