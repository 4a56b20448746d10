//! The one filter, for hot rows, archived rows and ledger entries, so that the tiers cannot disagree.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::action::{Action, is_word};
use crate::address;
use crate::catalog::Category;
use crate::email::fold;
use crate::error::ParseError;
use crate::event::{Event, EventResult};
use crate::limits::ACTION_BYTES;

/// The conditions that an event must match. An empty list allows anything.
///
/// # Examples
/// ```
/// use audit_core::{Filter, FilterFields};
///
/// let filter = Filter { actions: vec!["billing.*".parse()?], ..Filter::default() };
/// let paid = FilterFields {
///     actor_id: "usr_1",
///     actor_email: None,
///     action: "billing.plan_changed",
///     category: "billing",
///     target_id: None,
///     result: "succeeded",
///     ip: Some("203.0.113.7:443"),
///     request_id: None,
/// };
/// assert!(filter.matches(&paid));
/// assert!(!filter.matches(&FilterFields { action: "member.invited", ..paid }));
/// # Ok::<(), audit_core::ParseError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these actors.
    pub actors: Vec<ActorTerm>,
    /// One of these actions.
    pub actions: Vec<ActionTerm>,
    /// One of these categories.
    pub categories: Vec<Category>,
    /// One of these target ids.
    pub targets: Vec<String>,
    /// This result.
    pub result: Option<EventResult>,
    /// One of these IP addresses.
    pub ips: Vec<IpTerm>,
    /// One of these request ids.
    pub request_ids: Vec<String>,
    /// None of these actors.
    pub not_actors: Vec<ActorTerm>,
    /// None of these actions.
    pub not_actions: Vec<ActionTerm>,
    /// None of these IP addresses.
    pub not_ips: Vec<IpTerm>,
    /// This filter as well, which the caller cannot widen.
    pub only: Option<Box<Filter>>,
}

/// An actor by id, exactly, or by e-mail address, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorTerm {
    /// The text as given, for the id.
    pub id: String,
    /// The text folded, for the e-mail address.
    pub email: String,
}

impl ActorTerm {
    /// Returns the term for an actor's id or e-mail address.
    pub fn new(text: &str) -> Self {
        Self { id: text.to_owned(), email: fold(text) }
    }

    fn is(&self, id: &str, folded_email: Option<&str>) -> bool {
        self.id == id || folded_email == Some(self.email.as_str())
    }
}

/// An IP address in any form, or another text that `context.ip` can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IpTerm {
    /// This address, wherever it is in `context.ip`.
    Address(IpAddr),
    /// Exactly this `context.ip`.
    Text(String),
}

impl IpTerm {
    /// Returns the term for an address, or for a text that is no address.
    pub fn new(text: &str) -> Self {
        address::only_address(text).map_or_else(|| Self::Text(text.to_owned()), Self::Address)
    }

    fn is_in(&self, ip: &str) -> bool {
        match self {
            Self::Address(wanted) => address::addresses(ip).any(|found| found == *wanted),
            Self::Text(text) => text == ip,
        }
    }
}

/// The text that is parsed, an address in its canonical form; a part of every cursor's digest.
impl fmt::Display for IpTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// An action, or all actions below a prefix of whole words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionTerm {
    /// This action.
    Exact(Action),
    /// Every action that begins with these words; ends in a dot.
    Below(String),
}

impl ActionTerm {
    /// Reports whether it allows `action`.
    pub fn allows(&self, action: &str) -> bool {
        match self {
            Self::Exact(exact) => exact.as_str() == action,
            Self::Below(prefix) => action.starts_with(prefix),
        }
    }
}

/// Accepts `billing.plan_changed` or `billing.*`.
impl FromStr for ActionTerm {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let Some(words) = text.strip_suffix(".*") else { return text.parse().map(Self::Exact) };
        let fits = words.len() < ACTION_BYTES && words.split('.').count() <= 3 && words.split('.').all(is_word);
        if fits { Ok(Self::Below(format!("{words}."))) } else { Err(ParseError(Action::ALLOWED)) }
    }
}

/// The text that is parsed; a part of every cursor's digest.
impl fmt::Display for ActionTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => exact.fmt(f),
            Self::Below(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// The fields of an event that a filter reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct FilterFields<'a> {
    /// The actor's id.
    pub actor_id: &'a str,
    /// The actor's e-mail address.
    pub actor_email: Option<&'a str>,
    /// The action.
    pub action: &'a str,
    /// The category.
    pub category: &'a str,
    /// The target's id.
    pub target_id: Option<&'a str>,
    /// The result.
    pub result: &'a str,
    /// `context.ip`.
    pub ip: Option<&'a str>,
    /// The request id.
    pub request_id: Option<&'a str>,
}

impl<'a> FilterFields<'a> {
    /// Returns the fields of an event.
    pub fn of(event: &'a Event) -> Self {
        let context = event.context.as_ref();
        Self {
            actor_id: &event.actor.id,
            actor_email: event.actor.email.as_deref(),
            action: event.action.as_str(),
            category: event.category.as_str(),
            target_id: event.target.as_ref().and_then(|target| target.id.as_deref()),
            result: event.result.as_str(),
            ip: context.and_then(|context| context.ip.as_deref()),
            request_id: context.and_then(|context| context.request_id.as_deref()),
        }
    }
}

impl Filter {
    /// Reports whether it allows every event.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reports whether an event with these fields matches.
    pub fn matches(&self, event: &FilterFields<'_>) -> bool {
        any(&self.categories, |category| category.as_str() == event.category)
            && self.matches_action(event.action)
            && self.result.as_ref().is_none_or(|result| result.as_str() == event.result)
            && any(&self.targets, |target| event.target_id == Some(target))
            && any(&self.request_ids, |request_id| event.request_id == Some(request_id))
            && self.matches_actor(event)
            && self.matches_ip(event.ip)
            && self.only.as_ref().is_none_or(|only| only.matches(event))
    }

    /// Reports whether it allows an action.
    pub fn matches_action(&self, action: &str) -> bool {
        any(&self.actions, |term| term.allows(action)) && !self.not_actions.iter().any(|term| term.allows(action))
    }

    fn matches_actor(&self, event: &FilterFields<'_>) -> bool {
        if self.actors.is_empty() && self.not_actors.is_empty() {
            return true;
        }
        let email = event.actor_email.map(fold);
        let is = |actor: &ActorTerm| actor.is(event.actor_id, email.as_deref());
        any(&self.actors, is) && !self.not_actors.iter().any(is)
    }

    fn matches_ip(&self, ip: Option<&str>) -> bool {
        let is = |term: &IpTerm| ip.is_some_and(|ip| term.is_in(ip));
        any(&self.ips, is) && !self.not_ips.iter().any(is)
    }

    /// Returns the names of the event's texts that it reads, as in [`flat::NAMES`](crate::flat::NAMES).
    pub fn columns(&self) -> Vec<&'static str> {
        let reads_actor = !self.actors.is_empty() || !self.not_actors.is_empty();
        let columns = [
            (reads_actor, "actor_id"),
            (reads_actor, "actor_email"),
            (!self.actions.is_empty() || !self.not_actions.is_empty(), "action"),
            (!self.categories.is_empty(), "category"),
            (!self.targets.is_empty(), "target_id"),
            (self.result.is_some(), "result"),
            (!self.ips.is_empty() || !self.not_ips.is_empty(), "ip"),
            (!self.request_ids.is_empty(), "request_id"),
        ];
        let mut read: Vec<_> = columns.into_iter().filter(|(is_read, _)| *is_read).map(|(_, column)| column).collect();
        read.extend(self.only.iter().flat_map(|only| only.columns()));
        read.sort_unstable();
        read.dedup();
        read
    }

    /// Returns the texts that identify it in the digest of a cursor, in any order.
    pub(crate) fn terms(&self) -> Vec<String> {
        let mut terms = Vec::new();
        terms.extend(self.actors.iter().map(|actor| format!("actor {}", actor.id)));
        terms.extend(self.actions.iter().map(|action| format!("action {action}")));
        terms.extend(self.categories.iter().map(|category| format!("category {category}")));
        terms.extend(self.targets.iter().map(|target| format!("target {target}")));
        terms.extend(self.result.iter().map(|result| format!("result {result}")));
        terms.extend(self.ips.iter().map(|ip| format!("ip {ip}")));
        terms.extend(self.request_ids.iter().map(|request_id| format!("request_id {request_id}")));
        terms.extend(self.not_actors.iter().map(|actor| format!("not_actor {}", actor.id)));
        terms.extend(self.not_actions.iter().map(|action| format!("not_action {action}")));
        terms.extend(self.not_ips.iter().map(|ip| format!("not_ip {ip}")));
        terms.extend(self.only.iter().flat_map(|only| only.terms()).map(|term| format!("only {term}")));
        terms
    }
}

fn any<T>(alternatives: &[T], allows: impl Fn(&T) -> bool) -> bool {
    alternatives.is_empty() || alternatives.iter().any(allows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: FilterFields<'_> = FilterFields {
        actor_id: "usr_1",
        actor_email: Some("Ada@Example.com"),
        action: "member.role.changed",
        category: "team",
        target_id: None,
        result: "succeeded",
        ip: Some("203.0.113.7:443, 2001:DB8::1"),
        request_id: Some("req_1"),
    };

    #[test]
    fn an_actor_is_found_by_exact_id_or_folded_email() {
        let matches = |text| Filter { actors: vec![ActorTerm::new(text)], ..Filter::default() }.matches(&EVENT);
        assert!(matches("usr_1") && matches("ada@example.COM"));
        assert!(!matches("USR_1") && !matches("ada@example.co"));
    }

    #[test]
    fn a_prefix_ends_at_a_word() {
        let matches = |text: &str| text.parse::<ActionTerm>().unwrap().allows(EVENT.action);
        assert!(matches("member.*") && matches("member.role.*") && matches("member.role.changed"));
        assert!(!matches("member.role.changed.*") && !matches("member.rol.*") && !matches("member.role"));
        for text in ["member.*", "member.role.*", "member.role.changed"] {
            assert_eq!(text.parse::<ActionTerm>().unwrap().to_string(), text);
        }
        for bad in ["*", "member*", "member.", ".*", "member.*.*", "a.b.c.d.*", "Member.*"] {
            assert!(bad.parse::<ActionTerm>().is_err(), "{bad}");
        }
    }

    #[test]
    fn alternatives_widen_and_kinds_narrow() {
        let filter = Filter {
            actors: vec![ActorTerm::new("other"), ActorTerm::new("usr_1")],
            result: Some(EventResult::FAILED),
            ..Filter::default()
        };
        assert!(!filter.matches(&EVENT));
        assert!(filter.matches(&FilterFields { result: "failed", ..EVENT }));
        let target = Filter { targets: vec![String::new()], ..Filter::default() };
        assert!(!target.matches(&EVENT) && target.matches(&FilterFields { target_id: Some(""), ..EVENT }));
    }

    #[test]
    fn an_address_is_found_in_every_form_and_another_text_exactly() {
        let matches = |text, ip| {
            Filter { ips: vec![IpTerm::new(text)], ..Filter::default() }.matches(&FilterFields { ip, ..EVENT })
        };
        for text in ["203.0.113.7", "::ffff:203.0.113.7", "203.0.113.7:80", " 2001:db8:0::1", "[2001:db8::1]:9"] {
            assert!(matches(text, EVENT.ip), "{text}");
        }
        for text in ["203.0.113.70", "203.0.113.7, 10.0.0.1", "203.0.113", "2001:db8::", "unknown"] {
            assert!(!matches(text, EVENT.ip) && !matches(text, None), "{text}");
        }
        for text in ["unknown", "AWS Internal", "10.0.0.1, 10.0.0.2", "10.0.0.0/8"] {
            assert!(
                matches(text, Some(text)) && !matches(text, Some("10.0.0.1")) && !matches(text, Some("")),
                "{text}"
            );
        }
    }

    #[test]
    fn an_exclusion_drops_what_matches_and_keeps_events_without_the_value() {
        let bare = FilterFields { actor_email: None, ip: None, request_id: None, ..EVENT };
        let not_actor = |text| Filter { not_actors: vec![ActorTerm::new(text)], ..Filter::default() };
        assert!(!not_actor("usr_1").matches(&EVENT) && !not_actor("ADA@example.com").matches(&EVENT));
        assert!(not_actor("USR_1").matches(&EVENT) && not_actor("ada@example.com").matches(&bare));
        let not_action = |text: &str| Filter { not_actions: vec![text.parse().unwrap()], ..Filter::default() };
        assert!(!not_action("member.*").matches(&EVENT) && not_action("member.role").matches(&EVENT));
        let not_ip = |text| Filter { not_ips: vec![IpTerm::new(text)], ..Filter::default() };
        assert!(!not_ip("2001:db8::1").matches(&EVENT) && not_ip("2001:db8::1").matches(&bare));
        let both = Filter { actors: vec![ActorTerm::new("usr_1")], ..not_actor("ada@example.com") };
        assert!(!both.matches(&EVENT) && both.matches(&bare));
    }

    #[test]
    fn only_the_fields_of_columns_are_read() {
        let filter = Filter {
            ips: vec![IpTerm::new("203.0.113.7")],
            not_actors: vec![ActorTerm::new("usr_2")],
            not_actions: vec!["billing.*".parse().unwrap()],
            ..Filter::default()
        };
        assert_eq!(filter.columns(), ["action", "actor_email", "actor_id", "ip"]);
        assert!(filter.columns().iter().all(|column| crate::flat::NAMES.contains(column)));
        assert_eq!(Filter { not_ips: vec![IpTerm::new("x")], ..Filter::default() }.columns(), ["ip"]);
    }
}
