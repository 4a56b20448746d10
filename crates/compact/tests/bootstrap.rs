//! The function's own binary.

use std::process::Command;

#[test]
fn all_missing_settings_are_told_at_once() {
    let output = Command::new(env!("CARGO_BIN_EXE_audit-compact")).env_clear().output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let names =
        ["ORGS_TABLE", "EVENTS_TABLE", "LEDGER_TABLE", "ARCHIVE_BUCKET", "STAGING_BUCKET", "LOG_KEY_ID", "LOG_HOST"];
    assert!(told.contains("Error: missing environment variables: ORGS_TABLE, "), "{told}");
    assert!(!output.status.success() && names.iter().all(|name| told.contains(name)), "{told}");
}
