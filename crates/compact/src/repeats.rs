//! Whether a hot row is archived already: a merge join of the rows with the ids of published segments.
//!
//! Rows come in ascending order, so of each segment that overlaps in time the ids are read once, page by page, and only
//! the pages that a row falls into.

use std::collections::VecDeque;

use audit_core::{Event, EventId, Head, Month, OrgId, SegmentRecord, Seq, error::chain};
use audit_segments::{Ids, SegmentError, SegmentStore};
use audit_tables::Tables;

use crate::error::CompactError;

/// What the archive says about a hot row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No published segment holds it.
    New,
    /// A published segment holds it.
    Archived,
    /// A segment that may hold it is damaged, or the ledger's item of one; the row stays where it is.
    Unknown,
}

/// The published segments of one month, as far as rows have fallen into them.
pub(crate) struct ArchivedIds<'a> {
    tables: &'a Tables,
    archive: &'a SegmentStore,
    org_id: &'a OrgId,
    /// Segments from this number on were committed after the head was read. They may not be readable yet, so a row that
    /// they hold may not be deleted: no reader would find it.
    next_seq: Seq,
    month: Option<Month>,
    /// Segments that no row has come to yet, by their first position.
    waiting: VecDeque<SegmentRecord>,
    /// Segments that a row has come to, and none has left behind.
    near: Vec<(SegmentRecord, Option<Ids>)>,
    /// Whether the ledger's item of a segment of that month cannot be read: it may contain any row of the month.
    is_unreadable: bool,
}

impl<'a> ArchivedIds<'a> {
    /// The segments that are published as of a head without an open batch.
    pub(crate) fn as_of(head: &Head, tables: &'a Tables, archive: &'a SegmentStore, org_id: &'a OrgId) -> Self {
        Self {
            tables,
            archive,
            org_id,
            next_seq: head.next_seq,
            month: None,
            waiting: VecDeque::new(),
            near: Vec::new(),
            is_unreadable: false,
        }
    }

    /// Judges the next row; rows come in ascending order.
    ///
    /// *Guarantees*: [`Verdict::Archived`] is right for ever. [`Verdict::New`] is right as long as no batch was committed
    /// after the head, which the caller's own commit checks.
    pub(crate) async fn judge(&mut self, event: &Event) -> Result<Verdict, CompactError> {
        let month = event.occurred_at.day().month();
        if self.month != Some(month) {
            self.read(month).await?;
        }
        let mut verdict = if self.is_unreadable { Verdict::Unknown } else { Verdict::New };
        while let Some(record) = self.waiting.pop_front_if(|record| record.first <= event.id) {
            self.near.push((record, None));
        }
        self.near.retain(|(record, _)| event.id <= record.last);
        for (record, ids) in &mut self.near {
            match contains(self.archive, self.org_id, record, ids, event.id).await {
                Ok(true) => return Ok(Verdict::Archived),
                Ok(false) => {}
                Err(error @ (SegmentError::Unreadable { .. } | SegmentError::Missing { .. })) => {
                    tracing::error!(
                        error = chain(&error),
                        "a row cannot be compared with a damaged segment; it stays where it is"
                    );
                    verdict = Verdict::Unknown;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(verdict)
    }

    async fn read(&mut self, month: Month) -> Result<(), CompactError> {
        let mut listed = self.tables.segments_of_month(self.org_id, month).await?;
        let unreadable = listed.malformed_below(self.next_seq);
        if let Some(item) = &unreadable {
            let (org_id, error) = (self.org_id, chain(&item.error));
            tracing::error!(%org_id, %month, error, "the ledger of a month cannot be read; its rows stay where they are");
        }
        let published = listed.records.into_iter().filter(|record| record.first_seq < self.next_seq);
        // What only searches look at is most of a record.
        let bare = |record| SegmentRecord { actions: None, actors: None, targets: None, ..record };
        let mut published: Vec<_> = published.map(bare).collect();
        published.sort_by_key(|record| record.first);
        (self.month, self.is_unreadable) = (Some(month), unreadable.is_some());
        (self.waiting, self.near) = (published.into(), Vec::new());
        Ok(())
    }
}

/// Whether a published segment contains `id`; its ids are opened when they are first needed.
pub(crate) async fn contains(
    archive: &SegmentStore,
    org_id: &OrgId,
    record: &SegmentRecord,
    ids: &mut Option<Ids>,
    id: EventId,
) -> Result<bool, SegmentError> {
    let ids = match ids {
        Some(ids) => ids,
        None => ids.insert(Ids::new(archive.open(org_id, record).await?)),
    };
    ids.contain(id).await
}
