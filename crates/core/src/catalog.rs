//! The catalog: which actions exist, and the category of each.
//!
//! `catalog.txt` is the data, one action a line. An action that is not listed gets the category `other` and is never
//! rejected: a new feature of the platform must not lose its trail.

use serde::Serialize;

use crate::action::Action;
use crate::text_type::text_type;

const DATA: &str = include_str!("catalog.txt");

/// The category of actions that are not listed.
pub const OTHER: &str = "other";

/// A group of actions that a person filters by. Fixed when an event is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Category(String);

impl Category {
    /// Returns the category of an action.
    pub fn of(action: &Action) -> Self {
        let listed = entries().find(|(_, listed)| *listed == action.as_str());
        Self(listed.map_or(OTHER, |(category, _)| category).to_owned())
    }

    /// Accepts a stored category, which another version of the catalog may have named.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reports whether the action is not listed.
    pub fn is_other(&self) -> bool {
        self.0 == OTHER
    }
}

text_type!(Category, is_listed, "a category of the catalog");

fn is_listed(category: &str) -> bool {
    names().contains(&category)
}

/// Returns every (category, action) of the catalog, in its order.
pub fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    DATA.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?))
    })
}

/// Returns the names of the categories in catalog order, `other` last.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = entries().map(|(category, _)| category).collect();
    names.dedup();
    names.push(OTHER);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_category_and_a_well_formed_action_listed_once() {
        let mut seen = std::collections::BTreeSet::new();
        for line in DATA.lines() {
            assert_eq!(line.split_whitespace().count(), 2, "{line}");
        }
        for (_, action) in entries() {
            assert!(action.parse::<Action>().is_ok() && seen.insert(action), "{action}");
        }
        assert_eq!(seen.len(), 32);
        assert_eq!(
            names(),
            ["team", "api_keys", "billing", "assets", "operations", "organization", "audit_log", "other"]
        );
    }

    #[test]
    fn an_unlisted_action_is_other() {
        let category = |action: &str| Category::of(&action.parse().unwrap());
        assert_eq!(category("organization.ownership_transferred").as_str(), "team");
        assert!(category("teleporter.engaged").is_other());
    }
}
