//! The hot rows of an org, or their ids, as one stream in position order, a page of each shard at a time.

use std::collections::VecDeque;

use audit_core::{Event, EventId, Order, OrgId, Span, error::chain};
use audit_tables::{HotRow, HotScan, PageStart, Tables, TablesError};
use futures::future::try_join_all;

/// What is read of a hot row.
pub(crate) trait Row: Sized {
    /// The row's position.
    fn id(&self) -> EventId;

    /// Reads the next page of a shard.
    fn page(
        tables: &Tables,
        scan: &HotScan,
        shard: u8,
        start: Option<PageStart>,
    ) -> impl Future<Output = Result<Page<Self>, TablesError>> + Send;
}

/// A page of one shard.
pub(crate) struct Page<T> {
    rows: VecDeque<T>,
    next: Option<PageStart>,
    /// Rows that could not be read.
    unreadable: u64,
}

impl Row for Event {
    fn id(&self) -> EventId {
        self.id
    }

    async fn page(
        tables: &Tables,
        scan: &HotScan,
        shard: u8,
        start: Option<PageStart>,
    ) -> Result<Page<Self>, TablesError> {
        let page = tables.hot_page(scan, shard, start, None).await?;
        let (mut rows, mut unreadable) = (VecDeque::with_capacity(page.rows.len()), 0);
        for row in page.rows {
            match row {
                HotRow::Event(event) => rows.push_back(*event),
                HotRow::Unreadable { error, .. } => {
                    tracing::error!(error = chain(&error), "a hot row cannot be read; it stays where it is");
                    unreadable += 1;
                }
            }
        }
        Ok(Page { rows, next: page.next, unreadable })
    }
}

impl Row for EventId {
    fn id(&self) -> EventId {
        *self
    }

    async fn page(
        tables: &Tables,
        scan: &HotScan,
        shard: u8,
        start: Option<PageStart>,
    ) -> Result<Page<Self>, TablesError> {
        let page = tables.hot_keys(scan, shard, start).await?;
        Ok(Page { rows: page.ids.into(), next: page.next, unreadable: 0 })
    }
}

/// Hot rows, oldest first.
pub(crate) type HotRows = Hot<Event>;

/// The ids of hot rows, oldest first.
pub(crate) type HotIds = Hot<EventId>;

/// A stream over all shards.
pub(crate) struct Hot<T> {
    tables: Tables,
    scan: HotScan,
    shards: Vec<Shard<T>>,
    unreadable: u64,
}

struct Shard<T> {
    number: u8,
    rows: VecDeque<T>,
    next: Option<PageStart>,
    ended: bool,
}

impl<T: Row> Hot<T> {
    /// Begins at the oldest row of `span`.
    pub(crate) fn new(tables: &Tables, org_id: &OrgId, span: Span) -> Self {
        let shard = |number| Shard { number, rows: VecDeque::new(), next: None, ended: false };
        Self {
            tables: tables.clone(),
            scan: HotScan { org_id: org_id.clone(), span, order: Order::Oldest },
            shards: audit_tables::keys::shards().map(shard).collect(),
            unreadable: 0,
        }
    }

    /// Rows that could not be read so far.
    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// The next row.
    pub(crate) async fn next(&mut self) -> Result<Option<T>, TablesError> {
        while self.shards.iter().any(Shard::is_dry) {
            let (tables, scan) = (&self.tables, &self.scan);
            let dry = self.shards.iter_mut().filter(|shard| shard.is_dry());
            self.unreadable += try_join_all(dry.map(|shard| shard.fill(tables, scan))).await?.iter().sum::<u64>();
        }
        let nearest = self.shards.iter_mut().filter(|shard| !shard.rows.is_empty());
        let nearest = nearest.min_by_key(|shard| shard.rows.front().map(Row::id));
        Ok(nearest.and_then(|shard| shard.rows.pop_front()))
    }
}

impl<T: Row> Shard<T> {
    fn is_dry(&self) -> bool {
        self.rows.is_empty() && !self.ended
    }

    /// Reads the next page; returns the number of rows that could not be read.
    async fn fill(&mut self, tables: &Tables, scan: &HotScan) -> Result<u64, TablesError> {
        let page = T::page(tables, scan, self.number, self.next.take()).await?;
        self.rows = page.rows;
        self.ended = page.next.is_none();
        self.next = page.next;
        Ok(page.unreadable)
    }
}
