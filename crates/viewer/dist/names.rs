// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.d5ce646c88b605cc.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.d5ce646c88b605cc.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-amAbzLxjnx2eljOC0ampm+OkS08RycnVrCYNWqtgwbsEOXtZU3YvqMq5fCxF0zTB";
