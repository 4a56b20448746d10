//! The format of a segment's file.

pub(crate) mod bloom;
pub(crate) mod checksums;
pub(crate) mod footer;
pub(crate) mod rows;
pub(crate) mod summary;
pub(crate) mod writer;
