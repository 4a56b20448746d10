// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.711e3b70272237c7.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.711e3b70272237c7.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-FJwtduTlg0lKpFU7M9TfiX0QDWSL3d86yg839P9KpkJFOoCl6x6DhviTi9cO/KrZ";
