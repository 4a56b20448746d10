//! The naive model: what was acknowledged, by position.

use std::collections::{BTreeMap, HashMap};

use audit_core::{EventId, Order};
use serde_json::Value;

use crate::draft::{Draft, Wish};

/// An org's events.
#[derive(Debug, Default)]
pub(crate) struct Book {
    events: BTreeMap<EventId, Known>,
    /// In the order they were recorded.
    recorded: Vec<EventId>,
    keyed: HashMap<Draft, EventId>,
}

#[derive(Debug)]
struct Known {
    draft: Draft,
    /// The event as it was first returned: it must always look the same.
    seen: Option<Value>,
}

impl Book {
    /// Notes an acknowledged event: a new one, or exactly the one that it repeats.
    pub(crate) fn acknowledge(&mut self, draft: Draft, id: EventId) {
        assert_eq!(id.occurred_at(), draft.at);
        if draft.key.is_some() {
            let known = *self.keyed.entry(draft).or_insert(id);
            assert_eq!(known, id, "the same key, time and content are the same event");
        }
        if let Some(known) = self.events.get(&id) {
            assert_eq!(known.draft, draft, "{id} is another event");
            return;
        }
        self.events.insert(id, Known { draft, seen: None });
        self.recorded.push(id);
    }

    /// A recorded event, by number.
    pub(crate) fn nth(&self, number: usize) -> Option<(EventId, Draft)> {
        let id = *self.recorded.get(number % self.recorded.len().max(1))?;
        Some((id, self.events[&id].draft))
    }

    pub(crate) fn ids(&self) -> Vec<EventId> {
        self.events.keys().copied().collect()
    }

    /// The matching events strictly after a position, in order.
    pub(crate) fn after(&self, position: Option<EventId>, order: Order, wish: Wish) -> Vec<EventId> {
        let granted = |(id, known): (&EventId, &Known)| {
            (position.is_none_or(|at| order.before(at, *id)) && wish.grants(&known.draft)).then_some(*id)
        };
        match order {
            Order::Oldest => self.events.iter().filter_map(granted).collect(),
            Order::Newest => self.events.iter().rev().filter_map(granted).collect(),
        }
    }

    /// I-8: the event is returned as it was sent, and as it was returned before.
    pub(crate) fn recognise(&mut self, event: &Value) -> EventId {
        let id = event["id"].as_str().unwrap().parse::<EventId>().unwrap();
        let known = self.events.get_mut(&id).unwrap_or_else(|| panic!("{id} was never acknowledged"));
        let draft = known.draft;
        assert_eq!(event["occurred_at"], draft.at.to_string());
        assert_eq!(event["actor"]["id"], format!("usr_{}", draft.actor));
        assert_eq!((&event["action"], &event["result"]), (&draft.action().into(), &draft.result().into()));
        assert_eq!(event["details"]["content"], draft.content);
        let seen = known.seen.get_or_insert_with(|| event.clone());
        assert_eq!(seen, event, "it changed");
        id
    }
}
