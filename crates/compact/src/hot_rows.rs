//! The hot rows of an org: read as one stream in position order, and deleted.

use std::collections::VecDeque;

use audit_core::{Event, EventId, Order, OrgId, Span, error::chain};
use audit_tables::{HotRow, HotScan, Pace, PageStart, Tables, TablesError};
use futures::future::try_join_all;

use crate::Compactor;

/// Rows deleted in one call.
const DELETED_AT_ONCE: usize = 1_000;

/// The part of a hot row that a stream reads: the whole event, or only the id.
pub(crate) trait Row: Sized {
    /// The row's position.
    fn id(&self) -> EventId;

    /// Reads the next page of a dry shard; returns the number of rows that could not be read.
    fn fill(
        shard: &mut Shard<Self>,
        tables: &Tables,
        scan: &HotScan,
    ) -> impl Future<Output = Result<u64, TablesError>> + Send;
}

impl Row for Event {
    fn id(&self) -> EventId {
        self.id
    }

    async fn fill(shard: &mut Shard<Self>, tables: &Tables, scan: &HotScan) -> Result<u64, TablesError> {
        let page = tables.events.page(scan, shard.number, shard.next.take(), None).await?;
        let mut unreadable = 0;
        for row in page.rows {
            match row {
                HotRow::Event(event) => shard.rows.push_back(*event),
                HotRow::Unreadable { error, .. } => {
                    tracing::error!(error = chain(&error), "a hot row cannot be read; it is quarantined and stays hot");
                    unreadable += 1;
                }
            }
        }
        shard.ended = page.next.is_none();
        shard.next = page.next;
        Ok(unreadable)
    }
}

impl Row for EventId {
    fn id(&self) -> EventId {
        *self
    }

    async fn fill(shard: &mut Shard<Self>, tables: &Tables, scan: &HotScan) -> Result<u64, TablesError> {
        let (ids, next) = tables.events.ids(scan, shard.number, shard.next.take()).await?;
        shard.rows = ids.into();
        shard.ended = next.is_none();
        shard.next = next;
        Ok(0)
    }
}

/// Hot rows, oldest first.
pub(crate) type HotRows = Hot<Event>;

/// The ids of hot rows, oldest first.
pub(crate) type HotIds = Hot<EventId>;

/// A stream over all shards, which reads a page of each at a time.
pub(crate) struct Hot<T> {
    tables: Tables,
    scan: HotScan,
    shards: Vec<Shard<T>>,
    unreadable: u64,
}

/// The rows of one shard that were read, and where its next page begins.
pub(crate) struct Shard<T> {
    number: u8,
    rows: VecDeque<T>,
    next: Option<PageStart>,
    ended: bool,
}

impl<T: Row> Hot<T> {
    /// A stream that begins at the oldest row of `span`.
    pub(crate) fn new(tables: &Tables, org_id: &OrgId, span: Span) -> Self {
        let shard = |number| Shard { number, rows: VecDeque::new(), next: None, ended: false };
        Self {
            tables: tables.clone(),
            scan: HotScan { org_id: org_id.clone(), span, order: Order::Oldest },
            shards: audit_tables::keys::shards().map(shard).collect(),
            unreadable: 0,
        }
    }

    /// The number of rows so far that could not be read.
    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Returns the next row.
    pub(crate) async fn next(&mut self) -> Result<Option<T>, TablesError> {
        while self.shards.iter().any(Shard::is_dry) {
            let (tables, scan) = (&self.tables, &self.scan);
            let dry = self.shards.iter_mut().filter(|shard| shard.is_dry());
            self.unreadable += try_join_all(dry.map(|shard| T::fill(shard, tables, scan))).await?.iter().sum::<u64>();
        }
        let nearest = self.shards.iter_mut().filter(|shard| !shard.rows.is_empty());
        let nearest = nearest.min_by_key(|shard| shard.rows.front().map(Row::id));
        Ok(nearest.and_then(|shard| shard.rows.pop_front()))
    }
}

impl<T> Shard<T> {
    fn is_dry(&self) -> bool {
        self.rows.is_empty() && !self.ended
    }
}

/// Rows that a published segment contains, collected until there are enough to delete.
pub(crate) struct Deletes {
    tables: Tables,
    pace: Pace,
    ids: Vec<EventId>,
    deleted: u64,
}

impl Deletes {
    pub(crate) fn new(worker: &Compactor) -> Self {
        let pace = Pace::new(worker.delete_units_per_second);
        Self { tables: worker.tables.clone(), pace, ids: Vec::new(), deleted: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The number of rows that were deleted.
    pub(crate) fn deleted(&self) -> u64 {
        self.deleted
    }

    /// Adds a row; deletes the collected rows once there are enough.
    pub(crate) async fn push(&mut self, org_id: &OrgId, id: EventId) -> Result<(), TablesError> {
        self.ids.push(id);
        if self.ids.len() == DELETED_AT_ONCE { self.delete(org_id).await } else { Ok(()) }
    }

    /// Deletes the collected rows.
    pub(crate) async fn delete(&mut self, org_id: &OrgId) -> Result<(), TablesError> {
        self.tables.events.delete(org_id, &self.ids, &self.pace).await?;
        self.deleted += self.ids.len() as u64;
        self.ids.clear();
        Ok(())
    }
}
