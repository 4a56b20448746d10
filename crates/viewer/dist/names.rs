// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.cd56c1ebb0e6155b.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.cd56c1ebb0e6155b.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-Gq4/uLQ1dE5gbXRUP0ntky8eokdkj6/AqpIwlF5MOtVS2EZAIwZsbmPBnywHdEuh";
