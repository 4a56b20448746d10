// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.e517247878bb5508.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.e517247878bb5508.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-YALPd/wWlNsAXFK1aa5oeC8egshJ8jSjHSDTR001aSnZZw1P6gs/1kDbQagakPZf";
