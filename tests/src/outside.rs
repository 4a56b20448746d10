//! An org as an independent observer sees it: every hot row, the whole ledger, every object, read by code that no
//! search uses.

use audit_core::OrgId;
use audit_recovery::check::{self, Checked};

use crate::TestStack;

/// Reads all of an org, at any moment.
///
/// # Guarantees
///
/// No invariant is violated, and everything can be read.
pub async fn look(stack: &TestStack, org_id: &OrgId) -> Checked {
    let checked = check::org(stack.tables(), stack.archive(), org_id).await.expect("the stores respond");
    assert!(checked.is_sound(), "{checked:?}");
    checked
}
