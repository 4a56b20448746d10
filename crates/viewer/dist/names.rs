// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.0dfa03b409ad0df2.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.0dfa03b409ad0df2.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-OSET7CsrGOtgFseEZM0a5IufJVgDOD/6+JAlxRRsdq1/toLIjN/g0fBvqEQ35MTR";
