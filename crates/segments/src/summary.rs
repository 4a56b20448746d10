//! What the ledger says of a segment, collected row by row: by whoever writes it and by whoever reads it whole.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use audit_core::{EventId, FilterFields, OrgId, SegmentRecord, Seq, limits::SEGMENT_ACTIONS};
use bytes::Bytes;
use parquet::errors::ParquetError;
use sha2::{Digest, Sha256};

use crate::bloom::{Distinct, actor_values};
use crate::keys;
use crate::tail::tail_of;

/// The rows of a segment, summed up.
pub(crate) struct Summary {
    org_id: OrgId,
    first_seq: Seq,
    rows: u64,
    first: EventId,
    last: EventId,
    actions: BTreeSet<String>,
    categories: BTreeSet<String>,
    actors: Distinct,
    targets: Distinct,
}

impl Summary {
    /// A summary of no rows yet; `first` will be the first one.
    pub(crate) fn begin(org_id: OrgId, first_seq: Seq, first: EventId) -> Self {
        Self {
            org_id,
            first_seq,
            rows: 0,
            first,
            last: first,
            actions: BTreeSet::new(),
            categories: BTreeSet::new(),
            actors: Distinct::new(),
            targets: Distinct::new(),
        }
    }

    /// The rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds the next row.
    pub(crate) fn add(&mut self, id: EventId, filter_fields: &FilterFields<'_>) {
        self.rows += 1;
        self.last = id;
        if self.actions.len() <= SEGMENT_ACTIONS && !self.actions.contains(filter_fields.action) {
            self.actions.insert(filter_fields.action.to_owned());
        }
        if !self.categories.contains(filter_fields.category) {
            self.categories.insert(filter_fields.category.to_owned());
        }
        actor_values(filter_fields).for_each(|value| self.actors.insert(&value));
        if let Some(target) = filter_fields.target_id {
            self.targets.insert(target);
        }
    }

    /// The record of the segment that `body` is the file of, as long as nothing is staged.
    ///
    /// *Guarantees*: a function of rows and bytes alone, so that a ledger rebuilt from the bucket says what it said before.
    /// *Errors*: the bytes are no segment.
    pub(crate) fn record(self, body: &Bytes) -> Result<SegmentRecord, ParquetError> {
        let sha256 = sha256(body);
        let dt = self.first.occurred_at().day();
        Ok(SegmentRecord {
            dt,
            first_seq: self.first_seq,
            rows: self.rows,
            bytes: body.len() as u64,
            key: keys::published(&self.org_id, dt, self.first_seq, self.rows, &sha256),
            sha256,
            tail: tail_of(body)?,
            staged_key: String::new(),
            staged_etag: String::new(),
            first: self.first,
            last: self.last,
            actions: (self.actions.len() <= SEGMENT_ACTIONS).then(|| self.actions.into_iter().collect()),
            categories: self.categories.into_iter().collect(),
            actors: self.actors.filter(),
            targets: self.targets.filter(),
        })
    }
}

/// The SHA-256 of a file, lower-case hex.
pub(crate) fn sha256(body: &[u8]) -> String {
    Sha256::digest(body).iter().fold(String::with_capacity(64), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
