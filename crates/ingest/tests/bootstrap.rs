//! The function's own binary.

use std::process::Command;

#[test]
fn all_missing_settings_are_reported_together() {
    let output = Command::new(env!("CARGO_BIN_EXE_audit-ingest")).env_clear().output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let names = ["ORGS_TABLE", "EVENTS_TABLE", "SESSIONS_TABLE"];
    assert!(told.contains("Error: missing environment variables: ORGS_TABLE, "), "{told}");
    assert!(!told.contains("LEDGER_TABLE"), "{told}");
    assert!(!output.status.success() && names.iter().all(|name| told.contains(name)), "{told}");
}
