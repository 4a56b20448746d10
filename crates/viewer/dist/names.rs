// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.d70a8ee3595a4407.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.d70a8ee3595a4407.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-mLJ8/+kRchtQVptOhwaSl5R4yfi9aS4+Q9oz6DZhPepO+Da4P7sIt47eJg/vOn0W";
