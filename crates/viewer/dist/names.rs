// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.9bf6d56ed782c727.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.9bf6d56ed782c727.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-d7AlTD4ld2JaEfW7vv09TGHqV9ugevohAan8S0Z1gxCdXi7muR0WD6P0wO589b2s";
