//! A search: the query string, checked, with its range, filter, order, limit and cursor.

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use crate::catalog::{self, Category};
use crate::cursor::{Cursor, QueryDigest};
use crate::event::EventResult;
use crate::filter::{ActionTerm, ActorTerm, Filter};
use crate::invalid::{InputErrors, quoted};
use crate::limits::{FILTER_VALUES, PAGE_EVENTS, PAGE_EVENTS_DEFAULT, TEXT_BYTES};
use crate::org::OrgId;
use crate::span::{Order, Span};
use crate::time::UnixMicros;

/// The query parameters of a search.
pub const PARAMETERS: &[&str] =
    &["from", "to", "actor", "action", "category", "target", "result", "order", "limit", "cursor"];

/// One page of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Whose events.
    pub org_id: OrgId,
    /// From this instant on.
    pub from: Option<UnixMicros>,
    /// Up to, not including, this instant.
    pub to: Option<UnixMicros>,
    /// What they must be like.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// How many at most.
    pub limit: usize,
    /// Strictly after this place.
    pub cursor: Option<Cursor>,
}

impl Search {
    /// Reads the query string of a request.
    ///
    /// *Errors*: every fault; an unknown parameter, a repeated one that takes one value, `from` after `to`, and a cursor of
    /// another query are errors.
    pub fn read(org_id: OrgId, query: Option<&str>) -> Result<Self, InputErrors> {
        let mut errors = InputErrors::default();
        let mut parameters = Parameters::decode(query.unwrap_or_default(), &mut errors);
        let from = parameters.one("from", instant, INSTANT, &mut errors);
        let to = parameters.one("to", instant, INSTANT, &mut errors);
        let filter = Filter {
            actors: parameters.many("actor", |text| fits(text).then(|| ActorTerm::new(text)), TEXT, &mut errors),
            actions: parameters.many("action", ActionTerm::parse, ACTION, &mut errors),
            categories: parameters.many("category", Category::parse, &catalog::names().join(", "), &mut errors),
            targets: parameters.many("target", |text| fits(text).then(|| text.to_owned()), TEXT, &mut errors),
            result: parameters.one("result", EventResult::parse, "succeeded or failed", &mut errors),
        };
        let order = parameters.one("order", order, "newest or oldest", &mut errors).unwrap_or(Order::Newest);
        let limit = parameters.one("limit", limit, "1 to 1000", &mut errors).unwrap_or(PAGE_EVENTS_DEFAULT);
        let cursor = parameters.one("cursor", |text| Some(text.to_owned()), "a cursor", &mut errors);
        // Clients that fill in a form send the parameter of the first page too.
        let cursor = cursor.filter(|text| !text.is_empty());
        parameters.refuse_unknown(&PARAMETERS.join(", "), &mut errors);
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

    /// The positions that are left to examine.
    pub fn span(&self) -> Span {
        let span = Span::between(self.from, self.to);
        self.cursor.map_or(span, |cursor| span.after(cursor.position, self.order))
    }

    /// The cursor that goes on strictly after `position`.
    pub fn cursor_at(&self, position: crate::id::EventId) -> Cursor {
        Cursor { position, digest: self.digest() }
    }

    /// What the query is, whatever the order of alternatives, the limit and the cursor.
    ///
    /// *Guarantees*: made of written-out texts only, and pinned by a golden cursor: cursors outlive releases.
    fn digest(&self) -> QueryDigest {
        let mut terms = vec![format!("order {}", self.order.as_str())];
        terms.extend(self.from.map(|at| format!("from {at}")));
        terms.extend(self.to.map(|at| format!("to {at}")));
        terms.extend(self.filter.actors.iter().map(|actor| format!("actor {}", actor.id)));
        terms.extend(self.filter.actions.iter().map(|action| format!("action {}", action.text())));
        terms.extend(self.filter.categories.iter().map(|category| format!("category {category}")));
        terms.extend(self.filter.targets.iter().map(|target| format!("target {target}")));
        terms.extend(self.filter.result.iter().map(|result| format!("result {}", result.as_str())));
        terms.sort();
        terms.dedup();
        let mut hash = Sha256::new();
        for term in std::iter::once(self.org_id.as_str()).chain(terms.iter().map(String::as_str)) {
            hash.update((term.len() as u64).to_be_bytes());
            hash.update(term);
        }
        let mut digest = [0; 8];
        digest.copy_from_slice(&hash.finalize()[..8]);
        QueryDigest(digest)
    }
}

/// Reads the query string of a request that takes no parameters.
///
/// *Errors*: every parameter is a fault.
pub fn read_none(query: Option<&str>) -> Result<(), InputErrors> {
    let mut errors = InputErrors::default();
    Parameters::decode(query.unwrap_or_default(), &mut errors).refuse_unknown("no parameters", &mut errors);
    errors.or(Some(()))
}

const INSTANT: &str = "RFC 3339 with an offset and at most 9 fraction digits; write + as %2B";
const ACTION: &str = "an action such as billing.plan_changed, or billing.* for all below";
const TEXT: &str = "1 to 2048 bytes of UTF-8";
const NO_PLUS: &str =
    "%2B for a plus, as in ada%2Baudit@example.com, or %20 for a space: in a query string + is a space";

fn instant(text: &str) -> Option<UnixMicros> {
    UnixMicros::parse(text).ok()
}

fn fits(text: &str) -> bool {
    (1..=TEXT_BYTES).contains(&text.len())
}

fn order(text: &str) -> Option<Order> {
    match text {
        "newest" => Some(Order::Newest),
        "oldest" => Some(Order::Oldest),
        _ => None,
    }
}

fn limit(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|limit| digits && (1..=PAGE_EVENTS).contains(limit))
}

/// The parameters of a query string that have not been taken yet.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn decode(query: &str, errors: &mut InputErrors) -> Self {
        let mut pairs = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match (decode(name), decode(value)) {
                // Silently searched for a space, an address such as ada+audit@example.com would have no events.
                (Some(name), Some(_)) if value.contains('+') && matches!(name.as_str(), "actor" | "target") => {
                    errors.add(format!("?{name}"), quoted(value), NO_PLUS);
                }
                (Some(name), Some(value)) => pairs.push((name, value)),
                _ => errors.add(format!("?{name}"), quoted(value), "percent-encoded UTF-8"),
            }
        }
        Self(pairs)
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        let (taken, rest) = std::mem::take(&mut self.0).into_iter().partition(|(key, _)| key == name);
        self.0 = rest;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    fn many<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
        allowed: &str,
        errors: &mut InputErrors,
    ) -> Vec<T> {
        let values = self.take(name);
        if values.len() > FILTER_VALUES {
            let allowed = format!("at most {FILTER_VALUES} values");
            errors.add(format!("?{name}"), format!("{} values", values.len()), allowed);
            return Vec::new();
        }
        let mut parsed = Vec::new();
        for value in values {
            match parse(&value) {
                Some(value) => parsed.push(value),
                None => errors.add(format!("?{name}"), quoted(&value), allowed),
            }
        }
        parsed
    }

    fn one<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
        allowed: &str,
        errors: &mut InputErrors,
    ) -> Option<T> {
        let mut parsed = self.many(name, parse, allowed, errors);
        if parsed.len() > 1 {
            errors.add(format!("?{name}"), format!("{} values", parsed.len()), "one value");
        }
        parsed.pop()
    }

    fn refuse_unknown(self, allowed: &str, errors: &mut InputErrors) {
        for (name, _) in self.0 {
            errors.add(format!("?{name}"), "an unknown parameter", allowed);
        }
    }
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EventId;

    fn read(query: &str) -> Result<Search, InputErrors> {
        Search::read(OrgId::parse("acme").unwrap(), Some(query))
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
        let position = EventId::first_at(UnixMicros(1_732_270_530_123_456));
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
        let position = EventId::first_at(UnixMicros(1_732_270_530_123_456));
        let base = "actor=a&actor=b&from=2024-01-01T00:00:00Z";
        let cursor = read(base).unwrap().cursor_at(position).encode();
        let resumed = read(&format!("actor=b&actor=a&from=2024-01-01T00:00:00Z&limit=7&cursor={cursor}")).unwrap();
        assert!(!resumed.span().holds(position));
        for other in ["", "actor=a", "actor=a&actor=b", &format!("{base}&order=oldest"), &format!("{base}&target=x")] {
            assert!(read(&format!("{other}&cursor={cursor}")).is_err(), "{other}");
        }
        let other_org = Search::read(OrgId::parse("acme2").unwrap(), Some(&format!("{base}&cursor={cursor}")));
        assert!(other_org.is_err());
    }
}
