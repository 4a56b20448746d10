//! A search: the range, filter, order, limit and cursor of a query string.

use std::str::FromStr;

use percent_encoding::percent_decode_str;

use crate::catalog;
use crate::cursor::{Cursor, QueryDigest};
use crate::filter::{ActorTerm, Filter};
use crate::id::EventId;
use crate::invalid::{InputErrors, quoted};
use crate::limits::{FILTER_VALUES, PAGE_EVENTS, PAGE_EVENTS_DEFAULT, TEXT_BYTES};
use crate::order::Order;
use crate::org::OrgId;
use crate::sha256::Sha256;
use crate::span::Span;
use crate::time::UnixMicros;

/// The query parameters of a search.
pub const PARAMETERS: &[&str] =
    &["from", "to", "actor", "action", "category", "target", "result", "order", "limit", "cursor"];

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
        let mut parameters = Parameters::decode(query);
        let from: Option<UnixMicros> = parameters.one("from", parsed, INSTANT);
        let to: Option<UnixMicros> = parameters.one("to", parsed, INSTANT);
        let text = format!("1 to {TEXT_BYTES} bytes of UTF-8");
        let filter = Filter {
            actors: parameters.many("actor", |text| fits(text).then(|| ActorTerm::new(text)), &text),
            actions: parameters.many("action", parsed, ACTION),
            categories: parameters.many("category", parsed, &catalog::names().join(", ")),
            targets: parameters.many("target", |text| fits(text).then(|| text.to_owned()), &text),
            result: parameters.one("result", parsed, "succeeded or failed"),
        };
        let order = parameters.one("order", parsed, "newest or oldest").unwrap_or(Order::Newest);
        let limit = parameters.one("limit", limit, &format!("1 to {PAGE_EVENTS}")).unwrap_or(PAGE_EVENTS_DEFAULT);
        let cursor = parameters.one("cursor", |text| Some(text.to_owned()), "a cursor");
        // Clients that fill in a form send the parameter of the first page too.
        let cursor = cursor.filter(|text| !text.is_empty());
        let mut errors = parameters.refuse_unknown(&PARAMETERS.join(", "));
        if let Some((from, to)) = from.zip(to).filter(|(from, to)| from > to) {
            errors.add("?from", from.to_string(), format!("an instant that is not after to, {to}"));
        }
        let mut search = Self { org_id, from, to, filter, order, limit, cursor: None };
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

    /// Returns what identifies the query. The order of alternatives, the limit and the cursor do not count.
    ///
    /// # Guarantees
    /// Built from texts that never change, since cursors outlive releases; a golden test pins it.
    fn digest(&self) -> QueryDigest {
        let mut terms = vec![format!("order {}", self.order)];
        terms.extend(self.from.map(|at| format!("from {at}")));
        terms.extend(self.to.map(|at| format!("to {at}")));
        terms.extend(self.filter.actors.iter().map(|actor| format!("actor {}", actor.id)));
        terms.extend(self.filter.actions.iter().map(|action| format!("action {action}")));
        terms.extend(self.filter.categories.iter().map(|category| format!("category {category}")));
        terms.extend(self.filter.targets.iter().map(|target| format!("target {target}")));
        terms.extend(self.filter.result.iter().map(|result| format!("result {result}")));
        terms.sort();
        terms.dedup();
        let all = std::iter::once(self.org_id.as_str()).chain(terms.iter().map(String::as_str));
        let parts = all.flat_map(|term| [(term.len() as u64).to_be_bytes().to_vec(), term.into()]);
        QueryDigest(Sha256::of_parts(parts).first_8())
    }
}

/// Reads the query string of a request that takes no parameters.
///
/// # Errors
/// One error per parameter.
pub fn read_none(query: Option<&str>) -> Result<(), InputErrors> {
    Parameters::decode(query).refuse_unknown("no parameters").or(Some(()))
}

const INSTANT: &str = "RFC 3339 with an offset and at most 9 fraction digits; write + as %2B";
const ACTION: &str = "an action such as billing.plan_changed, or billing.* for all below";
const NO_PLUS: &str =
    "%2B for a plus, as in ada%2Baudit@example.com, or %20 for a space: in a query string + is a space";

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn fits(text: &str) -> bool {
    (1..=TEXT_BYTES).contains(&text.len())
}

fn limit(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|limit| digits && (1..=PAGE_EVENTS).contains(limit))
}

/// The parameters of a query string.
struct Parameters {
    /// Those that are not read yet.
    left: Vec<(String, String)>,
    /// The errors of the others.
    errors: InputErrors,
}

impl Parameters {
    fn decode(query: Option<&str>) -> Self {
        let (mut left, mut errors) = (Vec::new(), InputErrors::default());
        for part in query.unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match (decode(name), decode(value)) {
                // If + became a space here, a search for ada+audit@example.com would find no events, without an error.
                (Some(name), Some(_)) if value.contains('+') && matches!(name.as_str(), "actor" | "target") => {
                    errors.add(format!("?{name}"), quoted(value), NO_PLUS);
                }
                (Some(name), Some(value)) => left.push((name, value)),
                _ => errors.add(format!("?{name}"), quoted(value), "percent-encoded UTF-8"),
            }
        }
        Self { left, errors }
    }

    fn many<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>, allowed: &str) -> Vec<T> {
        let values: Vec<_> = self.left.extract_if(.., |(key, _)| key == name).map(|(_, value)| value).collect();
        if values.len() > FILTER_VALUES {
            let allowed = format!("at most {FILTER_VALUES} values");
            self.errors.add(format!("?{name}"), format!("{} values", values.len()), allowed);
            return Vec::new();
        }
        let mut parsed = Vec::new();
        for value in values {
            match parse(&value) {
                Some(value) => parsed.push(value),
                None => self.errors.add(format!("?{name}"), quoted(&value), allowed),
            }
        }
        parsed
    }

    fn one<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>, allowed: &str) -> Option<T> {
        let mut parsed = self.many(name, parse, allowed);
        if parsed.len() > 1 {
            self.errors.add(format!("?{name}"), format!("{} values", parsed.len()), "one value");
        }
        parsed.pop()
    }

    /// Adds an error for each parameter that was not read; returns all errors.
    fn refuse_unknown(mut self, allowed: &str) -> InputErrors {
        for (name, _) in self.left {
            self.errors.add(format!("?{name}"), "an unknown parameter", allowed);
        }
        self.errors
    }
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Search, InputErrors> {
        Search::read("acme".parse().unwrap(), Some(query))
    }

    #[test]
    fn every_parameter_is_read() {
        let search = read(
            "from=2026-01-01T00:00:00%2B01:00&to=2026-02-01T00:00:00Z&actor=usr_1&actor=Ada%40x.y&action=a.b&action=billing.*\
             &category=team&target=t%201&result=failed&order=oldest&limit=1000",
        )
        .unwrap();
        assert_eq!(search.from.unwrap().to_string(), "2025-12-31T23:00:00.000000Z");
        assert_eq!((search.filter.actors.len(), search.filter.actions.len(), search.limit), (2, 2, 1000));
        assert_eq!((search.filter.actors[1].email.as_str(), search.filter.targets[0].as_str()), ("ada@x.y", "t 1"));
        assert_eq!(search.order, Order::Oldest);
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
            "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            "cursor=x",
        ] {
            assert_eq!(read(query).unwrap_err().count(), 1, "{query}");
        }
        assert_eq!(read(&"target=a&".repeat(51)).unwrap_err().count(), 1);
        assert!(read(&"target=a&".repeat(50)).is_ok());
        assert!(read(&format!("target={}", "a".repeat(2048))).is_ok());
        assert!(read(&format!("target={}", "a".repeat(2049))).is_err());
    }

    /// Computed outside this code, with another implementation of the recipe.
    #[test]
    fn the_cursor_of_a_query_never_changes() {
        let position = EventId::first_at(UnixMicros::new(1_732_270_530_123_456));
        let query = "from=2024-01-01T00:00:00Z&to=2025-01-01T00:00:00%2B01:00&actor=usr_1&actor=Ada%40example.com\
                     &action=member.invited&action=billing.*&category=team&target=usr_2&result=failed&order=oldest";
        assert_eq!(read(query).unwrap().cursor_at(position).encode(), "AQGTU16eS3dLgAAAAAAAAABP_gn9veSMhA");
        assert_eq!(read("").unwrap().cursor_at(position).encode(), "AQGTU16eS3dLgAAAAAAAAAA4m_sl3KBC9Q");
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
        let resumed = read(&format!("actor=b&actor=a&from=2024-01-01T00:00:00Z&limit=7&cursor={cursor}")).unwrap();
        assert!(!resumed.span().contains(position));
        for other in ["", "actor=a", "actor=a&actor=b", &format!("{base}&order=oldest"), &format!("{base}&target=x")] {
            assert!(read(&format!("{other}&cursor={cursor}")).is_err(), "{other}");
        }
        let other_org = Search::read("acme2".parse().unwrap(), Some(&format!("{base}&cursor={cursor}")));
        assert!(other_org.is_err());
    }
}
