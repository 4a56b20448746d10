//! The memory of this process.

/// The largest resident size so far, in bytes; 0 if the system does not report it.
pub fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: Option<u64> =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|text| text.parse().ok());
    kibibytes.unwrap_or_default() * 1024
}
