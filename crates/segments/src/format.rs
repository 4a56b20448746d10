//! The format of a segment's file.

pub(crate) mod bloom;
pub(crate) mod checksums;
pub(crate) mod decoded;
pub(crate) mod file;
pub(crate) mod footer;
mod parts;
mod ranges;
pub(crate) mod rows;
pub(crate) mod summary;
pub(crate) mod writer;
