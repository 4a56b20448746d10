//! The function's own binary.

use std::process::Command;

#[test]
fn all_missing_settings_are_reported_together() {
    let output = Command::new(env!("CARGO_BIN_EXE_audit-query")).env_clear().output().unwrap();
    let reported = String::from_utf8_lossy(&output.stderr).into_owned();
    let names = ["ORGS_TABLE", "EVENTS_TABLE", "LEDGER_TABLE", "ARCHIVE_BUCKET", "STAGING_BUCKET"];
    assert!(reported.contains("Error: missing environment variables: ORGS_TABLE, "), "{reported}");
    assert!(!output.status.success() && names.iter().all(|name| reported.contains(name)), "{reported}");
}
