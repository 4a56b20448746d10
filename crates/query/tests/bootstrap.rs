//! The binaries of both functions.

use std::process::Command;

#[test]
fn all_missing_settings_are_reported_together() {
    for function in [env!("CARGO_BIN_EXE_audit-query"), env!("CARGO_BIN_EXE_audit-view")] {
        let output = Command::new(function).env_clear().output().unwrap();
        let reported = String::from_utf8_lossy(&output.stderr).into_owned();
        let tables = ["ORGS_TABLE", "EVENTS_TABLE", "LEDGER_TABLE", "SESSIONS_TABLE"];
        let mut names = tables.into_iter().chain(["ARCHIVE_BUCKET", "STAGING_BUCKET"]);
        assert!(reported.contains("Error: missing environment variables: ORGS_TABLE, "), "{reported}");
        assert!(!output.status.success() && names.all(|name| reported.contains(name)), "{reported}");
    }
}
