//! The hot part of a page, round by round: of each shard a bounded number of rows after those that were examined.
//!
//! A shard's rows come in order, so a shard has examined everything up to the last row that was read of it. The
//! *horizon* of a round is the least advanced of these positions among the shards that have more rows: up to there all
//! shards are known. Rows beyond it wait for a later round.
//!
//! A round requests from each shard as many rows as still fit into the page, estimated from the rows so far, and up to
//! twice as many as in the previous round if few of them matched.

use std::collections::VecDeque;

use audit_core::{Event, EventId, FilterFields, Order, SHARDS, Search, Span, error::chain};
use audit_tables::{HotRow, HotScan, PageStart, Tables, keys};
use futures::future::try_join_all;

use crate::error::Result;

/// The hot rows of one search, after those that earlier rounds examined.
pub(crate) struct HotRows<'a> {
    tables: &'a Tables,
    search: &'a Search,
    scan: HotScan,
    shards: Vec<Shard>,
    estimate: RowEstimate,
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
    /// Begins at the search's cursor. No request reads more than `most` rows.
    pub(crate) fn new(tables: &'a Tables, search: &'a Search, most: usize) -> Self {
        let scan = HotScan { org_id: search.org_id.clone(), span: search.span(), order: search.order };
        let shard = |number| Shard { number, waiting: VecDeque::new(), examined: None, next: None, has_more: true };
        let estimate = RowEstimate::new(search.order, search.limit, most);
        Self { tables, search, scan, shards: keys::shards().map(shard).collect(), estimate, passed: None }
    }

    /// Reads a round, strongly consistent: of each shard that is not far ahead of the others, the next rows.
    ///
    /// # Guarantees
    ///
    /// The horizon is after that of the round before. The rounds up to a horizon contain every row up to it once, also rows
    /// that cannot be read.
    pub(crate) async fn round(&mut self, room: Room) -> Result<Round> {
        let asked = self.estimate.next(room);
        let (tables, scan, search, passed) = (self.tables, &self.scan, self.search, self.passed);
        let short = self.shards.iter_mut().filter(|shard| shard.is_short(asked, passed));
        for seen in try_join_all(short.map(|shard| shard.read(tables, scan, search, asked))).await? {
            self.estimate.saw(seen.rows, seen.matches, seen.bytes);
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
    async fn read(&mut self, tables: &Tables, scan: &HotScan, search: &Search, asked: usize) -> Result<Seen> {
        let before = self.examined;
        let mut seen = Seen::default();
        while self.has_more && self.examined == before {
            let asked = i32::try_from(asked).unwrap_or(i32::MAX);
            let page = tables.events.page(scan, self.number, self.next.take(), Some(asked)).await?;
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

/// What a page still takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Events, and one more, which shows that the page is not the last one.
    pub(crate) events: usize,
    /// Bytes of their JSON.
    pub(crate) bytes: usize,
}

/// What the rounds of one page have requested and read so far.
#[derive(Debug)]
struct RowEstimate {
    order: Order,
    /// Rows that are enough for the whole page if every row matches.
    whole_page: usize,
    most: usize,
    asked: usize,
    rows: usize,
    matches: usize,
    bytes: usize,
}

impl RowEstimate {
    /// The need of a page of `limit` events; no request reads more than `most` rows.
    fn new(order: Order, limit: usize, most: usize) -> Self {
        Self { order, whole_page: of_a_shard(limit + 1), most, asked: 0, rows: 0, matches: 0, bytes: 0 }
    }

    /// Adds what a round read.
    fn saw(&mut self, rows: usize, matches: usize, bytes: usize) {
        self.rows += rows;
        self.matches += matches;
        self.bytes += bytes;
    }

    /// How many rows of each shard the next round requests.
    ///
    /// Oldest first, the archive usually fills a page before its first hot row. So the first round only finds out where
    /// the hot rows begin.
    fn next(&mut self, room: Room) -> usize {
        let asked = match (self.asked, self.order) {
            (0, Order::Oldest) => 1,
            (0, Order::Newest) => self.whole_page,
            (before, _) => self.wanted(room).unwrap_or(usize::MAX).min((before * 2).max(self.whole_page)),
        };
        self.asked = asked.min(self.most).max(1);
        self.asked
    }

    /// The rows of a shard that fill the room if further rows are like those so far; `None` if none matched.
    fn wanted(&self, room: Room) -> Option<usize> {
        let row_bytes = self.bytes.checked_div(self.rows)?.max(1);
        let matches = room.events.min(room.bytes / row_bytes + 1);
        Some(of_a_shard((matches * self.rows).checked_div(self.matches)?))
    }
}

/// How many rows of each shard contain the first `rows` of all shards, in 19 of 20 cases: ids are spread at random.
fn of_a_shard(rows: usize) -> usize {
    let mean = rows.div_ceil(usize::from(SHARDS));
    mean + 2 * mean.isqrt() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: usize = 2_621_440;

    fn room(events: usize) -> Room {
        Room { events, bytes: PLENTY }
    }

    #[test]
    fn oldest_first_begins_with_one_row_a_shard_and_newest_first_with_a_page() {
        assert_eq!(RowEstimate::new(Order::Oldest, 50, 1_000).next(room(51)), 1);
        assert_eq!(RowEstimate::new(Order::Newest, 50, 1_000).next(room(51)), 20);
        assert_eq!(RowEstimate::new(Order::Newest, 1_000, 1_000).next(room(1_001)), 282);
        assert_eq!(RowEstimate::new(Order::Newest, 1_000, 100).next(room(1_001)), 100);
    }

    #[test]
    fn while_nothing_matches_the_rows_double_up_to_their_bound() {
        let mut need = RowEstimate::new(Order::Oldest, 50, 1_000);
        let asked: Vec<_> = (0..8)
            .map(|_| {
                let asked = need.next(room(51));
                need.saw(4 * asked, 0, 4 * asked * 300);
                asked
            })
            .collect();
        assert_eq!(asked, [1, 20, 40, 80, 160, 320, 640, 1_000]);
    }

    #[test]
    fn where_every_row_matches_only_what_is_missing_is_asked_for() {
        let mut need = RowEstimate::new(Order::Newest, 1_000, 1_000);
        need.next(room(1_001));
        need.saw(1_000, 1_000, 300_000);
        assert_eq!(need.next(room(8)), 5);
    }

    #[test]
    fn large_rows_are_asked_for_as_far_as_the_bytes_of_the_page_go() {
        let mut need = RowEstimate::new(Order::Newest, 1_000, 1_000);
        need.next(room(1_001));
        need.saw(200, 200, 200 * 18_000);
        assert_eq!(need.next(Room { events: 861, bytes: 100_000 }), of_a_shard(6));
    }

    #[test]
    fn of_a_few_matches_the_rows_of_as_many_more_are_asked_for_and_never_more_than_twice_the_last() {
        let mut need = RowEstimate::new(Order::Newest, 50, 1_000);
        need.next(room(51));
        need.saw(80, 8, 80 * 300);
        assert_eq!(need.next(room(43)), 40, "ten times as many rows, but doubled at most");
        need.saw(160, 40, 160 * 300);
        assert_eq!(need.next(room(3)), of_a_shard(15));
    }
}
