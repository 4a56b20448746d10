//! A search: the range, filter, order, limit and cursor of a query string.

use crate::cursor::{Cursor, QueryDigest};
use crate::filter::Filter;
use crate::id::EventId;
use crate::invalid::InputErrors;
use crate::limits::{PAGE_EVENTS, PAGE_EVENTS_DEFAULT};
use crate::narrowing::Narrowing;
use crate::order::Order;
use crate::org::OrgId;
use crate::parameters::{self, Parameters, parsed};
use crate::span::Span;
use crate::summary::Locale;
use crate::time::UnixMicros;

/// Returns the names of the query parameters of a search.
pub fn parameters() -> Vec<&'static str> {
    [parameters::RANGE_AND_FILTER, &["order", "limit", "cursor", "summary"]].concat()
}

/// Microseconds of a second.
const SECOND_US: i64 = 1_000_000;

/// One page of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The org whose events are searched.
    pub org_id: OrgId,
    /// The first instant.
    pub from: Option<UnixMicros>,
    /// The instant after the last one.
    pub to: Option<UnixMicros>,
    /// The conditions on events.
    pub filter: Filter,
    /// The order of events.
    pub order: Order,
    /// The maximum number of events.
    pub limit: usize,
    /// The language of the summaries of events.
    pub summary: Option<Locale>,
    /// The cursor after which the page begins.
    pub cursor: Option<Cursor>,
}

impl Search {
    /// Reads the query string of a request.
    ///
    /// # Errors
    /// Every error of the query. An unknown parameter, a second value of a parameter that takes one, `from` after `to`,
    /// and a cursor of another query are errors.
    pub fn read(org_id: OrgId, query: Option<&str>) -> Result<Self, InputErrors> {
        Self::read_within(org_id, query, &Narrowing::default())
    }

    /// Reads the query string of a request that can find events within `narrowing` only.
    ///
    /// # Errors
    /// Those of [`Search::read`]. A cursor of another narrowing is that of another query.
    pub fn read_within(org_id: OrgId, query: Option<&str>, narrowing: &Narrowing) -> Result<Self, InputErrors> {
        let mut parameters = Parameters::decode(query);
        let (from, to) = parameters.range();
        let filter = parameters.filter();
        let order = parameters.one("order", parsed, "newest or oldest").unwrap_or(Order::Newest);
        let limit = parameters.one("limit", limit, &format!("1 to {PAGE_EVENTS}")).unwrap_or(PAGE_EVENTS_DEFAULT);
        let summary = parameters.summary();
        let cursor = parameters.cursor();
        let mut errors = parameters.refuse_unknown(&self::parameters());
        let (from, filter) = narrowing.narrow(from, filter);
        let mut search = Self { org_id, from, to, filter, order, limit, summary, cursor: None };
        if let Some(text) = cursor.filter(|_| errors.is_empty()) {
            match Cursor::decode(&text, search.digest()) {
                Ok(cursor) => search.cursor = Some(cursor),
                Err(error) => errors.add("?cursor", error.to_string(), "the next_cursor of a page of the same query"),
            }
        }
        errors.or(Some(search))
    }

    /// Returns the positions that are not examined yet.
    pub fn span(&self) -> Span {
        let span = Span::between(self.from, self.to);
        self.cursor.map_or(span, |cursor| span.after(cursor.position, self.order))
    }

    /// Returns the cursor that continues strictly after `position`.
    pub fn cursor_at(&self, position: EventId) -> Cursor {
        Cursor { position, digest: self.digest() }
    }

    /// Returns the position that a page reports which has examined everything through `examined` and returned events up to
    /// `last`. It is `examined`, unless the caller may not see every event. Then it is up to a second before, so that it
    /// shows neither the id nor the time of an event that the page did not return. Returns `None` if no such position is
    /// in the span: the page must examine more, at most to the end of the microsecond.
    ///
    /// # Guarantees
    /// It was examined, is after the cursor, and is not before `last`.
    pub fn reported(&self, examined: EventId, last: Option<EventId>) -> Option<EventId> {
        if self.filter.only.is_none() {
            return Some(examined);
        }
        let [second, microsecond] = [SECOND_US, 1].map(|us| examined.rounded(us, self.order));
        match last {
            Some(last) if self.order.before(second, last) => Some(last),
            Some(_) => Some(second),
            None => [second, microsecond].into_iter().find(|position| self.span().contains(*position)),
        }
    }

    /// Returns what identifies the query. The order of alternatives, the limit, the summary and the cursor do not count.
    ///
    /// # Guarantees
    /// Built from texts that never change, since cursors outlive releases; a golden test pins it.
    fn digest(&self) -> QueryDigest {
        let mut terms = vec![format!("order {}", self.order)];
        terms.extend(self.from.map(|at| format!("from {at}")));
        terms.extend(self.to.map(|at| format!("to {at}")));
        terms.extend(self.filter.terms());
        QueryDigest::of(&self.org_id, terms)
    }
}

fn limit(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|limit| digits && (1..=PAGE_EVENTS).contains(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{ActorTerm, IpTerm};

    fn read(query: &str) -> Result<Search, InputErrors> {
        Search::read("acme".parse().unwrap(), Some(query))
    }

    #[test]
    fn every_parameter_is_read() {
        let search = read(
            "from=2026-01-01T00:00:00%2B01:00&to=2026-02-01T00:00:00Z&actor=usr_1&actor=Ada%40x.y&action=a.b&action=billing.*\
             &category=team&target=t%201&result=failed&ip=192.0.2.1:80&ip=unknown&request_id=r%201&not_actor=usr_2\
             &not_action=billing.*&not_ip=2001:DB8::1&order=oldest&limit=1000&summary=de",
        )
        .unwrap();
        assert_eq!(search.from.unwrap().to_string(), "2025-12-31T23:00:00.000000Z");
        assert_eq!((search.filter.actors.len(), search.filter.actions.len(), search.limit), (2, 2, 1000));
        assert_eq!((search.filter.actors[1].email.as_str(), search.filter.targets[0].as_str()), ("ada@x.y", "t 1"));
        let Filter { ips, request_ids, not_actors, not_actions, not_ips, .. } = &search.filter;
        assert_eq!(ips, &["192.0.2.1", "unknown"].map(IpTerm::new));
        assert_eq!(
            (request_ids[0].as_str(), not_actors[0].id.as_str(), not_actions[0].to_string(), not_ips[0].to_string()),
            ("r 1", "usr_2", "billing.*".to_owned(), "2001:db8::1".to_owned())
        );
        assert_eq!((search.order, search.summary), (Order::Oldest, Some(Locale::De)));
        assert_eq!(read("").unwrap().limit, 50);
        assert_eq!(read("actor=ada%2Baudit@x.y").unwrap().filter.actors[0].email, "ada+audit@x.y");
        assert_eq!(read("actor=Ada%20L").unwrap().filter.actors[0].id, "Ada L");
    }

    #[test]
    fn every_fault_of_a_query_is_told() {
        let query = "form=x&from=yesterday&limit=0&limit=1001&order=up&result=ok&action=x&category=none&actor=%ff";
        let errors = read(query).unwrap_err();
        let mut pointers: Vec<_> = errors.listed().iter().map(|error| error.pointer.as_str()).collect();
        pointers.sort();
        assert_eq!(
            pointers,
            ["?action", "?actor", "?category", "?form", "?from", "?limit", "?limit", "?order", "?result"]
        );
        for query in [
            "limit=1&limit=2",
            "limit=+5",
            "limit=-1",
            "limit=",
            "actor=",
            "target=",
            "actor",
            "actor=ada+audit@example.com",
            "actor=Ada+Lovelace",
            "target=a+b",
            "not_actor=Ada+Lovelace",
            "request_id=a+b",
            "ip=",
            "not_action=billing",
            "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            "cursor=x",
            "summary=fr",
            "summary=",
        ] {
            assert_eq!(read(query).unwrap_err().count(), 1, "{query}");
        }
        assert_eq!(read(&"target=a&".repeat(51)).unwrap_err().count(), 1);
        assert!(read(&"target=a&".repeat(50)).is_ok());
        assert!(read(&format!("target={}", "a".repeat(2048))).is_ok());
        assert!(read(&format!("target={}", "a".repeat(2049))).is_err());
        assert!(read(&format!("ip={}", "a".repeat(255))).is_ok() && read(&format!("ip={}", "a".repeat(256))).is_err());
        assert_eq!(read("ip=203.0.113.7,+10.0.0.1").unwrap().filter.ips, [IpTerm::new("203.0.113.7, 10.0.0.1")]);
    }

    /// Computed outside this code, with another implementation of the recipe.
    #[test]
    fn the_cursor_of_a_query_never_changes() {
        let position = EventId::first_at(UnixMicros::new(1_732_270_530_123_456));
        let query = "from=2024-01-01T00:00:00Z&to=2025-01-01T00:00:00%2B01:00&actor=usr_1&actor=Ada%40example.com\
                     &action=member.invited&action=billing.*&category=team&target=usr_2&result=failed&order=oldest";
        assert_eq!(read(query).unwrap().cursor_at(position).encode(), "AQGTU16eS3dLgAAAAAAAAABP_gn9veSMhA");
        assert_eq!(read("").unwrap().cursor_at(position).encode(), "AQGTU16eS3dLgAAAAAAAAAA4m_sl3KBC9Q");
        let query = "ip=203.0.113.7:443&ip=2001:DB8::1&ip=AWS%20Internal&request_id=req_1&not_actor=usr_2\
                     &not_action=billing.*&not_ip=10.0.0.1&summary=en";
        assert_eq!(read(query).unwrap().cursor_at(position).encode(), "AQGTU16eS3dLgAAAAAAAAAAxuzkEIEsysg");
    }

    #[test]
    fn an_empty_cursor_is_the_first_page() {
        assert_eq!(read("actor=a&cursor="), read("actor=a"));
        assert!(read("cursor=&cursor=").is_err());
    }

    #[test]
    fn a_plus_in_an_actor_is_refused_with_what_to_write() {
        let errors = read("actor=ada+audit@example.com").unwrap_err();
        assert!(errors.listed()[0].allowed.contains("%2B"), "{errors:?}");
    }

    #[test]
    fn a_cursor_belongs_to_its_query_and_the_limit_may_change() {
        let position = EventId::first_at(UnixMicros::new(1_732_270_530_123_456));
        let base = "actor=a&actor=b&from=2024-01-01T00:00:00Z";
        let cursor = read(base).unwrap().cursor_at(position).encode();
        let resumed =
            read(&format!("actor=b&actor=a&from=2024-01-01T00:00:00Z&limit=7&summary=en&cursor={cursor}")).unwrap();
        assert!(!resumed.span().contains(position));
        let added = ["order=oldest", "target=x", "ip=x", "request_id=x", "not_actor=x", "not_action=a.b", "not_ip=x"];
        let others = ["", "actor=a", "actor=a&actor=b"].map(str::to_owned);
        for other in others.into_iter().chain(added.map(|added| format!("{base}&{added}"))) {
            assert!(read(&format!("{other}&cursor={cursor}")).is_err(), "{other}");
        }
        let other_org = Search::read("acme2".parse().unwrap(), Some(&format!("{base}&cursor={cursor}")));
        assert!(other_org.is_err());
    }

    #[test]
    fn a_narrowed_page_reports_whole_seconds_and_ids_of_events_that_it_returned() {
        let at = |us: i64, tail| EventId::new(UnixMicros::new(1_732_270_530_000_000 + us), tail);
        let narrowed = Filter { only: Some(Box::new(Filter::default())), ..Filter::default() };
        let search = |order, cursor: Option<EventId>| {
            let search = Search { order, filter: narrowed.clone(), ..read("").unwrap() };
            Search { cursor: cursor.map(|position| search.cursor_at(position)), ..search }
        };
        let newest = |cursor| search(Order::Newest, cursor);
        let oldest = |cursor| search(Order::Oldest, cursor);
        let last_of = |us: i64| at(us, u64::MAX);
        for (search, examined, last, expected) in [
            (newest(None), at(123_456, 7), None, Some(at(1_000_000, 0))),
            (newest(None), at(1_000_000, 0), None, Some(at(1_000_000, 0))),
            (newest(None), at(1_000_000, 1), None, Some(at(2_000_000, 0))),
            (newest(None), at(123_456, 7), Some(at(2_000_000, 5)), Some(at(1_000_000, 0))),
            (newest(None), at(123_456, 7), Some(at(654_321, 5)), Some(at(654_321, 5))),
            (newest(Some(at(1_000_000, 0))), at(123_456, 7), None, Some(at(123_457, 0))),
            (newest(Some(at(123_457, 0))), at(123_456, 7), None, None),
            (
                Search { to: Some(at(500_000, 0).occurred_at()), ..newest(None) },
                at(123_456, 7),
                None,
                Some(at(123_457, 0)),
            ),
            (oldest(None), at(123_456, 7), None, Some(last_of(-1))),
            (oldest(None), last_of(999_999), None, Some(last_of(999_999))),
            (oldest(None), at(1_000_000, 0), None, Some(last_of(999_999))),
            (oldest(None), at(654_321, 7), Some(at(123_456, 5)), Some(at(123_456, 5))),
            (oldest(Some(last_of(-1))), at(123_456, 7), None, Some(last_of(123_455))),
            (oldest(Some(last_of(123_455))), at(123_456, 7), None, None),
        ] {
            assert_eq!(search.reported(examined, last), expected, "{} {examined} {last:?}", search.order);
            let open = Search { filter: Filter::default(), ..search };
            assert_eq!(open.reported(examined, last), Some(examined));
        }
    }

    #[test]
    fn a_cursor_belongs_to_its_narrowing() {
        let within =
            |narrowing: &Narrowing, query: &str| Search::read_within("acme".parse().unwrap(), Some(query), narrowing);
        let by = |actor| Filter { actors: vec![ActorTerm::new(actor)], ..Filter::default() };
        let narrowings = [
            Narrowing::default(),
            Narrowing { filter: by("a"), from: None },
            Narrowing { filter: by("b"), from: None },
            Narrowing { filter: by("a"), from: Some(UnixMicros::new(1)) },
        ];
        let position = EventId::first_at(UnixMicros::new(1_732_270_530_123_456));
        for (made, narrowing) in narrowings.iter().enumerate() {
            let cursor = within(narrowing, "actor=a").unwrap().cursor_at(position).encode();
            for (read, other) in narrowings.iter().enumerate() {
                let resumed = within(other, &format!("actor=a&cursor={cursor}"));
                assert_eq!(resumed.is_ok(), read == made, "{made} {read}");
            }
        }
    }
}
