//! The one filter: hot rows, archived rows and ledger entries are judged by it, so that no tier can disagree.

use crate::action::{Action, is_word};
use crate::catalog::Category;
use crate::email::fold;
use crate::event::{Event, EventResult};
use crate::limits::ACTION_BYTES;

/// What an event must be like. Empty alternatives allow anything.
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
    /// A term for an actor's id or e-mail address.
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
    /// Parses `billing.plan_changed` or `billing.*`.
    pub fn parse(text: &str) -> Option<Self> {
        let Some(words) = text.strip_suffix(".*") else {
            return Action::parse(text).map(Self::Exact);
        };
        let fits = words.len() < ACTION_BYTES && words.split('.').count() <= 3 && words.split('.').all(is_word);
        fits.then(|| Self::Below(format!("{words}.")))
    }

    /// The text that [`ActionTerm::parse`] reads; a part of every cursor's digest.
    pub fn text(&self) -> String {
        match self {
            Self::Exact(exact) => exact.as_str().to_owned(),
            Self::Below(prefix) => format!("{prefix}*"),
        }
    }

    /// Whether it allows `action`.
    pub fn allows(&self, action: &str) -> bool {
        match self {
            Self::Exact(exact) => exact.as_str() == action,
            Self::Below(prefix) => action.starts_with(prefix),
        }
    }
}

/// What a filter looks at in an event.
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
    /// The filter_fields of an event.
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
    /// Whether it allows every event.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an event of these filter_fields matches.
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
        let matches = |text| ActionTerm::parse(text).unwrap().allows(EVENT.action);
        assert!(matches("member.*") && matches("member.role.*") && matches("member.role.changed"));
        assert!(!matches("member.role.changed.*") && !matches("member.rol.*") && !matches("member.role"));
        for text in ["member.*", "member.role.*", "member.role.changed"] {
            assert_eq!(ActionTerm::parse(text).unwrap().text(), text);
        }
        for bad in ["*", "member*", "member.", ".*", "member.*.*", "a.b.c.d.*", "Member.*"] {
            assert_eq!(ActionTerm::parse(bad), None, "{bad}");
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
