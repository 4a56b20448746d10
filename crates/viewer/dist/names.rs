// Written by `npm run build` in crates/viewer/web.

/// The viewer: one JavaScript module that defines `<audit-log>`.
pub const SCRIPT: &str = include_str!("audit-log.f2a206436e889797.js");

/// The file name of the script. It has a hash of the content, so caches can keep the file forever.
pub const SCRIPT_NAME: &str = "audit-log.f2a206436e889797.js";

/// The value of a script element's `integrity`.
pub const INTEGRITY: &str = "sha384-RjqlsdVCEMCuykP2NQp1mhZugk2VTpRX37abYO79tN0tSFr61y+98ukBGFkF4nUy";
