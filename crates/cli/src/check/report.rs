//! What people read: a line for each finding, a summary at the end.

use std::error::Error;
use std::io::{self, Write};

use audit_core::{OrgId, error::chain};
use audit_recovery::Checked;

use crate::stores::write_staged_only;

/// Writes the findings. Rows and objects are named by their keys, which hold no personal data.
pub(super) fn write(checked: &Checked, org_id: &OrgId, out: &mut impl Write) -> io::Result<()> {
    for violation in &checked.violations {
        writeln!(out, "{violation}")?;
    }
    let rows = checked.unreadable_rows.iter().map(|error| error as &dyn Error);
    let items = checked.unreadable_items.iter().map(|error| error as &dyn Error);
    let segments = checked.unreadable_segments.iter().map(|error| error as &dyn Error);
    for error in rows.chain(items).chain(segments) {
        writeln!(out, "I-9, it stays as it is: {}", chain(error))?;
    }
    write_staged_only(&checked.staged_only, out)?;
    let Checked { hot, archived, batches, segments, .. } = checked;
    let unreadable = checked.unreadable_rows.len() + checked.unreadable_items.len() + checked.unreadable_segments.len();
    write!(
        out,
        "{org_id}: {} rows hot, {} archived in {segments} segments of {batches} batches",
        hot.len(),
        archived.len()
    )?;
    match checked.head.and_then(|head| head.open) {
        Some(open) => writeln!(out, "; batch {} is open, a pass will finish it", open.first_seq)?,
        None => writeln!(out)?,
    }
    match checked.is_sound() {
        true => writeln!(out, "nothing is broken"),
        false => {
            let broken = checked.violations.len() + checked.staged_only.len();
            writeln!(out, "{broken} promises broken, {unreadable} things unreadable")
        }
    }
}
