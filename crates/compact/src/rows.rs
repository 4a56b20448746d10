//! The hot rows of an org as one stream in position order, a page of each shard at a time.

use std::collections::VecDeque;

use audit_core::error::chain;
use audit_core::event::Event;
use audit_core::org::OrgId;
use audit_core::span::{Order, Span};
use audit_tables::events::{HotRow, HotScan, PageStart};
use audit_tables::{Tables, TablesError};
use futures::future::try_join_all;

/// Hot rows, oldest first.
pub(crate) struct HotRows {
    tables: Tables,
    scan: HotScan,
    shards: Vec<Shard>,
    unreadable: u64,
}

struct Shard {
    number: u8,
    rows: VecDeque<Event>,
    next: Option<PageStart>,
    ended: bool,
}

impl HotRows {
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
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, TablesError> {
        while self.shards.iter().any(Shard::is_dry) {
            let (tables, scan) = (&self.tables, &self.scan);
            let dry = self.shards.iter_mut().filter(|shard| shard.is_dry());
            self.unreadable += try_join_all(dry.map(|shard| shard.fill(tables, scan))).await?.iter().sum::<u64>();
        }
        let nearest = self.shards.iter_mut().filter(|shard| !shard.rows.is_empty());
        let nearest = nearest.min_by_key(|shard| shard.rows.front().map(|event| event.id));
        Ok(nearest.and_then(|shard| shard.rows.pop_front()))
    }
}

impl Shard {
    fn is_dry(&self) -> bool {
        self.rows.is_empty() && !self.ended
    }

    /// Reads the next page; gives the number of rows that could not be read.
    async fn fill(&mut self, tables: &Tables, scan: &HotScan) -> Result<u64, TablesError> {
        let page = tables.hot_page(scan, self.number, self.next.take(), None).await?;
        let mut unreadable = 0;
        for row in page.rows {
            match row {
                HotRow::Event(event) => self.rows.push_back(*event),
                HotRow::Unreadable { error, .. } => {
                    tracing::error!(error = chain(&error), "a hot row cannot be read; it stays where it is");
                    unreadable += 1;
                }
            }
        }
        self.ended = page.next.is_none();
        self.next = page.next;
        Ok(unreadable)
    }
}
