//! What the ledger knows of a segment, collected row by row by the writer and by the full reader: its record and its
//! filters.

use std::collections::BTreeSet;

use audit_core::{
    CountsBuilder, DayRows, EventId, EventResult, FilterFields, FilterPart, Footer, OrgId, SegmentFilters,
    SegmentRecord, SeqRun, Sha256, Tail, limits::SEGMENT_ACTIONS,
};

use super::bloom::{Distinct, actor_values, ip_values};
use crate::keys;

/// A summary of the rows of a segment.
pub(crate) struct Summary {
    org_id: OrgId,
    rows: u64,
    first: EventId,
    last: EventId,
    days: DayRows,
    actions: BTreeSet<String>,
    categories: BTreeSet<String>,
    actors: Distinct,
    targets: Distinct,
    addresses: Distinct,
    counts: CountsBuilder,
}

impl Summary {
    /// Begins a summary, whose first row will be `first`.
    pub(crate) fn begin(org_id: OrgId, first: EventId) -> Self {
        Self {
            org_id,
            rows: 0,
            first,
            last: first,
            days: DayRows::default(),
            actions: BTreeSet::new(),
            categories: BTreeSet::new(),
            actors: Distinct::new(),
            targets: Distinct::new(),
            addresses: Distinct::new(),
            counts: CountsBuilder::default(),
        }
    }

    /// Returns the org.
    pub(super) fn org_id(&self) -> &OrgId {
        &self.org_id
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds the next row.
    pub(crate) fn add(&mut self, id: EventId, filter_fields: &FilterFields<'_>) {
        self.rows += 1;
        self.last = id;
        self.days.add(id.occurred_at().day(), filter_fields.result == EventResult::FAILED.as_str());
        if self.actions.len() <= SEGMENT_ACTIONS && !self.actions.contains(filter_fields.action) {
            self.actions.insert(filter_fields.action.to_owned());
        }
        if !self.categories.contains(filter_fields.category) {
            self.categories.insert(filter_fields.category.to_owned());
        }
        self.counts.add(id, filter_fields);
        actor_values(filter_fields).for_each(|value| self.actors.insert(&value));
        if let Some(target) = filter_fields.target_id {
            self.targets.insert(target);
        }
        if let Some(ip) = filter_fields.ip {
            ip_values(ip).iter().for_each(|value| self.addresses.insert(value));
        }
    }

    /// Returns the record and the filters of the segment in the file `body`, which is not staged. Its numbers are those of
    /// its footer.
    ///
    /// # Guarantees
    /// They depend on rows and bytes only, so that a ledger rebuilt from the bucket has the same ones.
    pub(crate) fn finish(self, footer: &Footer, body: &[u8], tail: Tail) -> (SegmentRecord, SegmentFilters) {
        let runs =
            SeqRun::joined(footer.ranges.iter().map(|range| SeqRun { first: range.first_seq, rows: range.rows }));
        let actions = (self.actions.len() <= SEGMENT_ACTIONS).then(|| self.actions.into_iter().collect::<Vec<_>>());
        let categories: Vec<_> = self.categories.into_iter().collect();
        let (sha256, month) = (Sha256::of(body), self.first.occurred_at().day().month());
        let counts = self.counts.finish(month, actions.as_deref(), &categories);
        let filters = SegmentFilters::default()
            .with(FilterPart::Actors, self.actors.filter())
            .with(FilterPart::Targets, self.targets.filter())
            .with(FilterPart::Addresses, self.addresses.filter())
            .with(FilterPart::Counts, Some(counts.into_bytes()));
        let record = SegmentRecord {
            month,
            first_seq: footer.first_seq,
            merge: footer.written_by.merge(),
            rows: self.rows,
            runs: if runs.len() == 1 { Vec::new() } else { runs },
            ranges: footer.ranges.len() as u32,
            bytes: body.len() as u64,
            key: keys::published(&self.org_id, month, footer.first_seq, self.rows, sha256),
            sha256,
            tail,
            staged: None,
            first: self.first,
            last: self.last,
            days: self.days,
            actions,
            categories,
        };
        (record, filters)
    }
}
