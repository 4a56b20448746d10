// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.3a24093256c446a3.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.3a24093256c446a3.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-/uam9aOTxVoelsMUPkYLm1P7Wam5fLKS0a+TF6a+owI7RsfT2+GWYndMKwr1TVpT";
