// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.2832dfe6e2b60c28.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.2832dfe6e2b60c28.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-fKDBxkZfy6l4LHhoocGhuLdPxYcu62f8Ng+zo0gDcxSXN6aVD/QmxwhjwyVSOKmk";
