//! The hot part of a page, round by round: of each shard a bounded number of rows after those that were examined.
//!
//! A shard's rows come in order, so a shard has examined everything up to the last row that was read of it. The *horizon* of
//! a round is the least advanced of these positions among the shards that have more rows: up to there all shards are known.
//! Rows beyond it wait for a later round.

use std::collections::VecDeque;

use audit_core::{Event, EventId, FilterFields, Order, Search, Span, error::chain};
use audit_tables::{HotRow, HotScan, PageStart, Tables, keys};
use futures::future::try_join_all;

use crate::error::QueryError;
use crate::need::{Need, Room};

/// The hot rows of one search, after those that earlier rounds examined.
pub(crate) struct HotRows<'a> {
    tables: &'a Tables,
    search: &'a Search,
    scan: HotScan,
    shards: Vec<Shard>,
    need: Need,
    /// Every round before has passed the rows up to here.
    passed: Option<EventId>,
}

/// What one round found: the rows of all shards after the last horizon, up to this one.
#[derive(Debug)]
pub(crate) struct Round {
    /// Matching events, in order.
    pub(crate) events: VecDeque<Event>,
    /// The sort keys of rows that cannot be read.
    pub(crate) unreadable: Vec<String>,
    /// Up to here every shard has been examined; `None`: to the end of the search.
    pub(crate) horizon: Option<EventId>,
}

struct Shard {
    number: u8,
    /// Rows that no round has passed, in order.
    waiting: VecDeque<Row>,
    /// The last position that was read; `None` before the first one.
    examined: Option<EventId>,
    next: Option<PageStart>,
    has_more: bool,
}

enum Row {
    Match(Box<Event>),
    NoMatch(EventId),
    Unreadable(String),
}

/// What one round read of one shard.
#[derive(Default)]
struct Seen {
    rows: usize,
    matches: usize,
    bytes: usize,
}

impl<'a> HotRows<'a> {
    /// Begins at the search's cursor. No request asks for more than `most` rows.
    pub(crate) fn new(tables: &'a Tables, search: &'a Search, most: usize) -> Self {
        let scan = HotScan { org_id: search.org_id.clone(), span: search.span(), order: search.order };
        let shard = |number| Shard { number, waiting: VecDeque::new(), examined: None, next: None, has_more: true };
        let need = Need::new(search.order, search.limit, most);
        Self { tables, search, scan, shards: keys::shards().map(shard).collect(), need, passed: None }
    }

    /// Reads a round, strongly consistent: of each shard that is not far ahead of the others, the next rows.
    ///
    /// # Guarantees
    ///
    /// The horizon is after that of the round before. The rounds up to a horizon contain every row up to it once, also rows
    /// that cannot be read.
    pub(crate) async fn round(&mut self, room: Room) -> Result<Round, QueryError> {
        let asked = self.need.next(room);
        let (tables, scan, search, passed) = (self.tables, &self.scan, self.search, self.passed);
        let short = self.shards.iter_mut().filter(|shard| shard.is_short(asked, passed));
        for seen in try_join_all(short.map(|shard| shard.read(tables, scan, search, asked))).await? {
            self.need.saw(seen.rows, seen.matches, seen.bytes);
        }
        let order = self.search.order;
        let unfinished = self.shards.iter().filter(|shard| shard.has_more);
        let horizon = unfinished.filter_map(|shard| shard.examined).min_by_key(|id| order.rank(*id));
        let known = horizon.map_or(self.scan.span, |horizon| self.scan.span.through(horizon, order));
        let mut round = Round { events: VecDeque::new(), unreadable: Vec::new(), horizon };
        for shard in &mut self.shards {
            while let Some(row) = shard.waiting.pop_front_if(|row| row.is_in(known, order)) {
                match row {
                    Row::Match(event) => round.events.push_back(*event),
                    Row::NoMatch(_) => {}
                    Row::Unreadable(sk) => round.unreadable.push(sk),
                }
            }
        }
        round.events.make_contiguous().sort_by_key(|event| order.rank(event.id));
        self.passed = horizon;
        Ok(round)
    }
}

impl Shard {
    /// Whether the next round needs more of its rows, where the rounds so far came up to `passed`.
    fn is_short(&self, asked: usize, passed: Option<EventId>) -> bool {
        self.has_more && (self.examined == passed || self.waiting.len() * 2 < asked)
    }

    /// Reads the next rows, until it has examined a further position, or its end.
    async fn read(
        &mut self,
        tables: &Tables,
        scan: &HotScan,
        search: &Search,
        asked: usize,
    ) -> Result<Seen, QueryError> {
        let before = self.examined;
        let mut seen = Seen::default();
        while self.has_more && self.examined == before {
            let asked = i32::try_from(asked).unwrap_or(i32::MAX);
            let page = tables.hot_page(scan, self.number, self.next.take(), Some(asked)).await?;
            seen.rows += page.rows.len();
            seen.bytes += page.bytes;
            for row in page.rows {
                let (position, row) = match row {
                    HotRow::Event(event) if search.filter.matches(&FilterFields::of(&event)) => {
                        seen.matches += 1;
                        (Some(event.id), Row::Match(event))
                    }
                    HotRow::Event(event) => (Some(event.id), Row::NoMatch(event.id)),
                    HotRow::Unreadable { sk, error } => {
                        tracing::error!(error = chain(&error), "a hot row cannot be read");
                        (keys::position(&sk), Row::Unreadable(sk))
                    }
                };
                self.examined = position.or(self.examined);
                self.waiting.push_back(row);
            }
            self.has_more = page.next.is_some();
            self.next = page.next;
        }
        Ok(seen)
    }
}

impl Row {
    fn is_in(&self, span: Span, order: Order) -> bool {
        match self {
            Self::Match(event) => span.contains(event.id),
            Self::NoMatch(id) => span.contains(*id),
            Self::Unreadable(sk) => keys::contains(span, order, sk),
        }
    }
}
