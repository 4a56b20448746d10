// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.16de594128f33d2b.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.16de594128f33d2b.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-rcqvOWlnBDNApcmJc8a4RmDer7UPyASXTiWHzGhDfVauIU+psp4ypUPbKVZ1ZyRC";
