//! The parameters of a query string: decoded once, each read by name, and all errors reported together.

use std::collections::BTreeMap;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use crate::catalog;
use crate::filter::{ActorTerm, Filter, IpTerm};
use crate::invalid::{InputErrors, quoted};
use crate::limits::{FILTER_VALUES, IP_BYTES, TEXT_BYTES};
use crate::summary::Locale;
use crate::time::UnixMicros;

/// The parameters that choose events, which several requests share.
pub(crate) const RANGE_AND_FILTER: &[&str] = &[
    "from",
    "to",
    "actor",
    "action",
    "category",
    "target",
    "result",
    "ip",
    "request_id",
    "not_actor",
    "not_action",
    "not_ip",
];

const INSTANT: &str = "RFC 3339 with an offset and at most 9 fraction digits; write + as %2B";
const ACTION: &str = "an action such as billing.plan_changed, or billing.* for all below";
const NO_PLUS: &str =
    "%2B for a plus, as in ada%2Baudit@example.com, or %20 for a space: in a query string + is a space";
/// If + became a space in these, a request for ada+audit@example.com would find no events or sessions, without an error.
const WITHOUT_PLUS: &[&str] = &["actor", "not_actor", "target", "request_id", "viewer"];

/// Reads the query string of a request that takes no parameters.
///
/// # Errors
/// One error per parameter.
pub fn read_none(query: Option<&str>) -> Result<(), InputErrors> {
    Parameters::decode(query).refuse_unknown(&[]).or(Some(()))
}

/// Reads the query string of a request that takes `summary` only.
///
/// # Errors
/// Every error of the query.
pub fn read_summary(query: Option<&str>) -> Result<Option<Locale>, InputErrors> {
    let mut parameters = Parameters::decode(query);
    let summary = parameters.summary();
    parameters.refuse_unknown(&["summary"]).or(Some(summary))
}

/// Reads the query string of a request that takes `before` only: a number of events.
///
/// # Errors
/// Every error of the query.
pub fn read_before(query: Option<&str>) -> Result<Option<u64>, InputErrors> {
    let mut parameters = Parameters::decode(query);
    let before = parameters.one("before", parsed, "a number of events");
    parameters.refuse_unknown(&["before"]).or(Some(before))
}

/// The parameters of a query string.
pub(crate) struct Parameters {
    /// Those that are not read yet.
    left: Vec<(String, String)>,
    /// The errors of the others.
    errors: InputErrors,
}

impl Parameters {
    /// Decodes a query string.
    pub(crate) fn decode(query: Option<&str>) -> Self {
        let (mut left, mut errors) = (Vec::new(), InputErrors::default());
        for part in query.unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(_)) if value.contains('+') && WITHOUT_PLUS.contains(&name.as_str()) => {
                    errors.add(format!("?{name}"), quoted(value), NO_PLUS);
                }
                (Some(name), Some(value)) => left.push((name, value)),
                _ => errors.add(format!("?{name}"), quoted(value), "percent-encoded UTF-8"),
            }
        }
        Self { left, errors }
    }

    /// Reads `from` and `to`; `from` after `to` is an error.
    pub(crate) fn range(&mut self) -> (Option<UnixMicros>, Option<UnixMicros>) {
        let from: Option<UnixMicros> = self.one("from", parsed, INSTANT);
        let to: Option<UnixMicros> = self.one("to", parsed, INSTANT);
        if let Some((from, to)) = from.zip(to).filter(|(from, to)| from > to) {
            self.errors.add("?from", from.to_string(), format!("an instant that is not after to, {to}"));
        }
        (from, to)
    }

    /// Reads the conditions on events.
    pub(crate) fn filter(&mut self) -> Filter {
        Filter {
            actors: self.actors("actor"),
            actions: self.many("action", parsed, ACTION),
            categories: self.many("category", parsed, &catalog::names().join(", ")),
            targets: self.texts("target"),
            result: self.one("result", parsed, "succeeded or failed"),
            ips: self.ips("ip"),
            request_ids: self.texts("request_id"),
            not_actors: self.actors("not_actor"),
            not_actions: self.many("not_action", parsed, ACTION),
            not_ips: self.ips("not_ip"),
            only: None,
        }
    }

    fn texts(&mut self, name: &str) -> Vec<String> {
        self.many(name, |text| fits(text, TEXT_BYTES).then(|| text.to_owned()), &bytes(TEXT_BYTES))
    }

    fn actors(&mut self, name: &str) -> Vec<ActorTerm> {
        self.many(name, |text| fits(text, TEXT_BYTES).then(|| ActorTerm::new(text)), &bytes(TEXT_BYTES))
    }

    fn ips(&mut self, name: &str) -> Vec<IpTerm> {
        self.many(name, |text| fits(text, IP_BYTES).then(|| IpTerm::new(text)), &bytes(IP_BYTES))
    }

    /// Reads the text of a cursor. An empty one is the first page, since clients that fill in a form send it too.
    pub(crate) fn cursor(&mut self) -> Option<String> {
        self.one("cursor", |text| Some(text.to_owned()), "a cursor").filter(|text| !text.is_empty())
    }

    /// Reads the language of summaries.
    pub(crate) fn summary(&mut self) -> Option<Locale> {
        self.one("summary", parsed, Locale::ALLOWED)
    }

    /// Reads the values of a repeatable parameter.
    pub(crate) fn many<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>, allowed: &str) -> Vec<T> {
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

    /// Reads the value of a parameter that takes one.
    pub(crate) fn one<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>, allowed: &str) -> Option<T> {
        let mut parsed = self.many(name, parse, allowed);
        if parsed.len() > 1 {
            self.errors.add(format!("?{name}"), format!("{} values", parsed.len()), "one value");
        }
        parsed.pop()
    }

    /// Adds an error for each parameter that was not read; returns all errors.
    pub(crate) fn refuse_unknown(mut self, known: &[&str]) -> InputErrors {
        let allowed = if known.is_empty() { "no parameters".to_owned() } else { known.join(", ") };
        for (name, _) in self.left {
            self.errors.add(format!("?{name}"), "an unknown parameter", allowed.as_str());
        }
        self.errors
    }
}

/// Parses the value of a parameter.
pub(crate) fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn fits(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len())
}

fn bytes(max: usize) -> String {
    format!("1 to {max} bytes of UTF-8")
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Into::into)
}

/// Returns the parameters of a query string that choose events, as they were sent: the values of each name, sorted.
pub(crate) fn range_and_filter(query: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in Parameters::decode(query).left {
        if RANGE_AND_FILTER.contains(&name.as_str()) {
            found.entry(name).or_default().push(value);
        }
    }
    for values in found.values_mut() {
        values.sort();
        values.dedup();
    }
    found
}
