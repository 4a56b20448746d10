//! Checks one org independently of the code that serves searches, and reports every violated invariant. Changes
//! nothing.
//!
//! 0. which objects are staged         before the hot rows: a row that is staged by then is hot, or archived by step 3
//! 1. the hot rows
//! 2. which objects are published      before the ledger, which therefore lists every object that was published by then
//!    the checkpoints, then claims    before the ledger, which therefore counts every one that was put by then
//! 3. the ledger, as of one moment
//! 4. each segment in full, by a reader that serves no search, compared with the ledger and its filters
//! 5. every tile and checkpoint, compared with the claims
//! 6. staged objects that the ledger does not list: their rows must be hot or archived too
//!
//! So a running service causes no finding; and what one reading finds is reported only if a second one finds it too.
//! Checks I-1 of archived rows, I-2 to I-5, I-7, I-9, I-10, T-1, T-2 and T-4.

pub(crate) mod hot;
mod ledger;
mod log;
mod segments;

use std::collections::HashSet;

use audit_core::id::EventId;
use audit_core::invariants::{Violation, ledger_explains, object_is_in_ledger};
use audit_core::ledger::Head;
use audit_core::org::OrgId;
use audit_segments::{SegmentError, SegmentStore};
use audit_tables::{Tables, TablesError};

use crate::chain;
use crate::difference::compare;
use crate::log::Signed;
use crate::staged_only::{self, StagedOnly};

/// Why an org could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A table did not respond.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The archive did not respond.
    #[error(transparent)]
    Segments(#[from] SegmentError),
    /// The org is not registered and has no data.
    #[error("there is no org {0}")]
    UnknownOrg(OrgId),
}

/// What an org has stored, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Checked {
    /// Its head; `None` if it cannot be read.
    pub head: Option<Head>,
    /// The batches of its ledger.
    pub batches: usize,
    /// The segments of its ledger.
    pub segments: usize,
    /// The ids of its hot rows, shard by shard.
    pub hot: Vec<EventId>,
    /// The ids of the rows that readers find in its archive, in the order of their months.
    pub archived: Vec<EventId>,
    /// The violated invariants.
    pub violations: Vec<Violation>,
    /// Hot rows that cannot be read. They are kept.
    pub unreadable_rows: Vec<TablesError>,
    /// Items of the ledger that cannot be read.
    pub unreadable_items: Vec<TablesError>,
    /// Objects that cannot be read as segments.
    pub unreadable_segments: Vec<SegmentError>,
    /// Staged objects with rows that are neither hot nor archived.
    pub staged_only: Vec<StagedOnly>,
}

impl Checked {
    /// Whether every invariant holds and everything can be read.
    pub fn is_sound(&self) -> bool {
        self.violations.is_empty()
            && self.unreadable_rows.is_empty()
            && self.unreadable_items.is_empty()
            && self.unreadable_segments.is_empty()
            && self.staged_only.is_empty()
    }

    fn note(&mut self, checked: Result<(), Violation>) {
        self.violations.extend(checked.err());
    }
}

/// Checks one org.
///
/// # Guarantees
///
/// Changes nothing. A finding stops no other check. Memory contains the ids of all rows and a few segments at a time.
pub async fn org(tables: &Tables, archive: &SegmentStore, org_id: &OrgId) -> Result<Checked, CheckError> {
    let first = once(tables, archive, org_id).await?;
    if first.is_sound() {
        return Ok(first);
    }
    let mut second = once(tables, archive, org_id).await?;
    second.violations.retain(|found| first.violations.contains(found));
    second.staged_only.retain(|found| first.staged_only.contains(found));
    retain_found(&mut second.unreadable_rows, &first.unreadable_rows);
    retain_found(&mut second.unreadable_items, &first.unreadable_items);
    retain_found(&mut second.unreadable_segments, &first.unreadable_segments);
    Ok(second)
}

/// Retains the errors that were found before as well.
fn retain_found<E: std::error::Error>(found: &mut Vec<E>, before: &[E]) {
    let before: HashSet<String> = before.iter().map(ToString::to_string).collect();
    found.retain(|error| before.contains(&error.to_string()));
}

async fn once(tables: &Tables, archive: &SegmentStore, org_id: &OrgId) -> Result<Checked, CheckError> {
    let mut checked = Checked::default();
    let staged = archive.staged_keys(org_id).await?;
    (checked.hot, checked.unreadable_rows) = hot::read(tables, org_id).await?;
    let objects = archive.published_keys(org_id).await?;
    let log_id = tables.ledger.head(org_id).await.ok().and_then(|head| head.log_id);
    let signed = match log_id {
        Some(log_id) => Signed::read(archive, org_id, log_id).await?,
        None => Signed::default(),
    };
    let claims = chain::read(archive, org_id).await?;
    let ledger = tables.ledger.whole(org_id).await?;
    let has_rows = !checked.hot.is_empty() || !checked.unreadable_rows.is_empty();
    let is_empty = !has_rows && objects.is_empty() && claims.is_empty() && ledger.is_empty();
    if is_empty && tables.orgs.get(org_id).await?.is_none() {
        return Err(CheckError::UnknownOrg(org_id.clone()));
    }
    let visible = ledger::visible(&ledger);
    ledger::check(&mut checked, &ledger, &visible);
    let (differences, replay) = compare(org_id, &ledger, &claims);
    checked.violations.extend(differences);
    if let Some(head) = &ledger.head {
        let end = chain::end(archive, org_id, head, &claims).await?;
        checked.note(ledger_explains(head, &chain::home(tables.ledger.name(), archive), end));
    }
    let named: HashSet<&str> = ledger.segments.iter().map(|segment| segment.key.as_str()).collect();
    objects.iter().for_each(|key| checked.note(object_is_in_ledger(&named, key)));
    let objects = objects.iter().map(String::as_str).collect();
    segments::check(&mut checked, (tables, archive), org_id, (&ledger, &visible), &objects).await?;
    if let (Some(head), Some(replay), Some(log_id)) = (&ledger.head, &replay, log_id) {
        log::check(&mut checked, archive, (org_id, log_id), (head, replay), &signed).await?;
    }
    let elsewhere = checked.hot.iter().chain(&checked.archived).copied().collect();
    checked.staged_only = staged_only::find(archive, org_id, &staged, &ledger.segments, &elsewhere).await?;
    checked.unreadable_items.extend(ledger.malformed);
    Ok(checked)
}
