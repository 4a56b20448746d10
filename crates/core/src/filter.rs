//! The one filter, for hot rows, archived rows and ledger entries, so that the tiers cannot disagree.

use std::fmt;
use std::str::FromStr;

use crate::action::{Action, is_word};
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
#[derive(Debug, Clone, Copy)]
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
}

impl<'a> FilterFields<'a> {
    /// Returns the fields of an event.
    pub fn of(event: &'a Event) -> Self {
        Self {
            actor_id: &event.actor.id,
            actor_email: event.actor.email.as_deref(),
            action: event.action.as_str(),
            category: event.category.as_str(),
            target_id: event.target.as_ref().and_then(|target| target.id.as_deref()),
            result: event.result.as_str(),
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
            && any(&self.actions, |action| action.allows(event.action))
            && self.result.as_ref().is_none_or(|result| result.as_str() == event.result)
            && any(&self.targets, |target| event.target_id == Some(target))
            && self.matches_actor(event)
    }

    fn matches_actor(&self, event: &FilterFields<'_>) -> bool {
        if self.actors.is_empty() {
            return true;
        }
        let email = event.actor_email.map(fold);
        self.actors.iter().any(|actor| actor.id == event.actor_id || email.as_deref() == Some(actor.email.as_str()))
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
}
