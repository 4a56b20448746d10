//! What the clients of an org know about it.

use std::collections::{HashMap, HashSet};

use audit_core::EventId;

use crate::event::Name;

/// What was acknowledged, and what may have been stored.
#[derive(Debug, Default)]
pub(crate) struct Known {
    ids: HashMap<Name, EventId>,
    /// Sent without a key, and without a response: stored or not.
    pub(crate) unsure: HashSet<Name>,
}

impl Known {
    /// Notes an acknowledged event; returns whether it is the first time.
    ///
    /// # Guarantees
    ///
    /// An event that is repeated with its key keeps its id.
    pub(crate) fn acknowledge(&mut self, name: Name, id: EventId) -> bool {
        let before = self.ids.insert(name, id);
        assert!(before.is_none_or(|before| before == id), "{name:?} was {before:?} and is {id}");
        before.is_none()
    }

    /// The id under which an event was acknowledged.
    pub(crate) fn id(&self, name: Name) -> Option<EventId> {
        self.ids.get(&name).copied()
    }

    /// The ids of all acknowledged events that match.
    pub(crate) fn acknowledged(&self, matches: impl Fn(Name) -> bool) -> HashSet<EventId> {
        self.ids.iter().filter(|(name, _)| matches(**name)).map(|(_, id)| *id).collect()
    }

    /// All acknowledged events.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Name, EventId)> {
        self.ids.iter().map(|(name, id)| (*name, *id))
    }

    /// How many events were acknowledged.
    pub(crate) fn count(&self) -> usize {
        self.ids.len()
    }
}
