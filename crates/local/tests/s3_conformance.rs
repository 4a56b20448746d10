//! The embedded S3, asked by the real SDK client with its default settings.

#[cfg(test)]
#[path = "s3/start_stop.rs"]
mod start_stop;
#[cfg(test)]
#[path = "s3/copy.rs"]
mod copy;
#[cfg(test)]
#[path = "s3/crash.rs"]
mod crash;
#[cfg(test)]
#[path = "s3/delete.rs"]
mod delete;
#[cfg(test)]
#[path = "s3/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "s3/list.rs"]
mod list;
#[cfg(test)]
#[path = "s3/put.rs"]
mod put;
#[cfg(test)]
#[path = "s3/read.rs"]
mod read;
#[cfg(test)]
#[path = "s3/rig.rs"]
mod rig;
