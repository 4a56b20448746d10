//! How many rows of each shard a round asks for: as many as the page still takes, as far as the rows so far tell, and up to
//! twice as many as the round before where few of them matched.

use audit_core::{Order, SHARDS};

/// What a page still takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Events, and one more, which tells that the page is not the last one.
    pub(crate) events: usize,
    /// Bytes of their JSON.
    pub(crate) bytes: usize,
}

/// What the rounds of one page asked for and saw so far.
#[derive(Debug)]
pub(crate) struct Need {
    order: Order,
    /// Rows that are enough for the whole page where every row matches.
    whole_page: usize,
    most: usize,
    asked: usize,
    rows: usize,
    matches: usize,
    bytes: usize,
}

impl Need {
    /// The need of a page of `limit` events; no request asks for more than `most` rows.
    pub(crate) fn new(order: Order, limit: usize, most: usize) -> Self {
        Self { order, whole_page: of_a_shard(limit + 1), most, asked: 0, rows: 0, matches: 0, bytes: 0 }
    }

    /// Adds what a round read.
    pub(crate) fn saw(&mut self, rows: usize, matches: usize, bytes: usize) {
        self.rows += rows;
        self.matches += matches;
        self.bytes += bytes;
    }

    /// How many rows of each shard the next round asks for.
    ///
    /// Oldest first, the archive usually fills a page before its first hot row. So the first round asks only where the hot
    /// rows begin.
    pub(crate) fn next(&mut self, room: Room) -> usize {
        let asked = match (self.asked, self.order) {
            (0, Order::Oldest) => 1,
            (0, Order::Newest) => self.whole_page,
            (before, _) => self.wanted(room).unwrap_or(usize::MAX).min((before * 2).max(self.whole_page)),
        };
        self.asked = asked.min(self.most).max(1);
        self.asked
    }

    /// The rows of a shard that fill the room if further rows are like those so far; `None` where none matched.
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
        assert_eq!(Need::new(Order::Oldest, 50, 1_000).next(room(51)), 1);
        assert_eq!(Need::new(Order::Newest, 50, 1_000).next(room(51)), 20);
        assert_eq!(Need::new(Order::Newest, 1_000, 1_000).next(room(1_001)), 282);
        assert_eq!(Need::new(Order::Newest, 1_000, 100).next(room(1_001)), 100);
    }

    #[test]
    fn while_nothing_matches_the_rows_double_up_to_their_bound() {
        let mut need = Need::new(Order::Oldest, 50, 1_000);
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
        let mut need = Need::new(Order::Newest, 1_000, 1_000);
        need.next(room(1_001));
        need.saw(1_000, 1_000, 300_000);
        assert_eq!(need.next(room(8)), 5);
    }

    #[test]
    fn large_rows_are_asked_for_as_far_as_the_bytes_of_the_page_go() {
        let mut need = Need::new(Order::Newest, 1_000, 1_000);
        need.next(room(1_001));
        need.saw(200, 200, 200 * 18_000);
        assert_eq!(need.next(Room { events: 861, bytes: 100_000 }), of_a_shard(6));
    }

    #[test]
    fn of_a_few_matches_the_rows_of_as_many_more_are_asked_for_and_never_more_than_twice_the_last() {
        let mut need = Need::new(Order::Newest, 50, 1_000);
        need.next(room(51));
        need.saw(80, 8, 80 * 300);
        assert_eq!(need.next(room(43)), 40, "ten times as many rows, but doubled at most");
        need.saw(160, 40, 160 * 300);
        assert_eq!(need.next(room(3)), of_a_shard(15));
    }
}
