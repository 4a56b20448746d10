//! The report of `audit check`: a line for each finding, then a summary.

use std::error::Error;
use std::io::{self, Write};

use audit_core::{OrgId, error::chain};
use audit_recovery::Checked;

use crate::stores::{counted, write_staged_only};

/// Writes the findings. Rows and objects are identified by their keys, which contain no personal data.
pub(super) fn write(checked: &Checked, org_id: &OrgId, out: &mut impl Write) -> io::Result<()> {
    for violation in &checked.violations {
        writeln!(out, "{violation}")?;
    }
    let rows = checked.unreadable_rows.iter().map(|error| error as &dyn Error);
    let items = checked.unreadable_items.iter().map(|error| error as &dyn Error);
    let segments = checked.unreadable_segments.iter().map(|error| error as &dyn Error);
    let mut unreadable = 0;
    for error in rows.chain(items).chain(segments) {
        unreadable += 1;
        writeln!(out, "unreadable and kept (I-9): {}", chain(error))?;
    }
    write_staged_only(&checked.staged_only, out)?;
    let (hot, archived) = (counted(checked.hot.len(), "hot row"), counted(checked.archived.len(), "archived row"));
    let (segments, batches) = (counted(checked.segments, "segment"), counted(checked.batches, "batch"));
    write!(out, "{org_id}: {hot}, {archived} in {segments} of {batches}")?;
    match checked.head.and_then(|head| head.open) {
        Some(open) => writeln!(out, "; batch {} is open, the next pass finishes it", open.first_seq)?,
        None => writeln!(out)?,
    }
    if checked.is_sound() {
        return writeln!(out, "no problems found");
    }
    let violated = counted(checked.violations.len() + checked.staged_only.len(), "violation");
    writeln!(out, "{violated}, {} unreadable", counted(unreadable, "item"))
}
