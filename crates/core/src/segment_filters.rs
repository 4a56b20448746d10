//! What the ledger knows of a segment besides its record: enough to skip the segment, or to count its events, without
//! reading it.
//!
//! It is stored in an item of its own, whose key contains the SHA-256 of the segment's file. So a late write of an
//! attempt that lost cannot replace the filters of another file, and a reader loads only the parts that its question
//! needs. An absent item or part may contain anything.

use std::sync::Arc;

use crate::filter::Filter;

/// A part of the filters of a segment, which is loaded without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilterPart {
    /// Bloom filter over actor ids and folded e-mail addresses.
    Actors,
    /// Bloom filter over target ids.
    Targets,
    /// Bloom filter over IP addresses.
    Addresses,
    /// How many events there are by time, and by what was done.
    Counts,
}

impl FilterPart {
    /// All parts.
    pub const ALL: [Self; 4] = [Self::Actors, Self::Targets, Self::Addresses, Self::Counts];

    /// Returns the name under which it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actors => "actors",
            Self::Targets => "targets",
            Self::Addresses => "addresses",
            Self::Counts => "counts",
        }
    }

    /// Returns the parts by which a search with this filter can skip segments.
    pub fn of(filter: &Filter) -> Vec<Self> {
        let asks = |part: &Self| match part {
            Self::Actors => !filter.actors.is_empty(),
            Self::Targets => !filter.targets.is_empty(),
            Self::Addresses => !filter.ips.is_empty(),
            Self::Counts => false,
        };
        let only = filter.only.as_ref().map(|only| Self::of(only)).unwrap_or_default();
        Self::ALL.into_iter().filter(|part| asks(part) || only.contains(part)).collect()
    }

    fn place(self) -> usize {
        self as usize
    }
}

/// The filters of a segment, or the parts of them that are known. The default knows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentFilters([Option<Arc<[u8]>>; FilterPart::ALL.len()]);

impl SegmentFilters {
    /// Adds a part.
    #[must_use]
    pub fn with(mut self, part: FilterPart, bytes: Option<impl Into<Arc<[u8]>>>) -> Self {
        self.0[part.place()] = bytes.map(Into::into);
        self
    }

    /// Returns a part; `None` may contain anything.
    pub fn get(&self, part: FilterPart) -> Option<&Arc<[u8]>> {
        self.0[part.place()].as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{ActorTerm, IpTerm};

    #[test]
    fn a_search_asks_the_parts_of_what_it_includes_and_of_its_narrowing() {
        let (actor, ip) = (ActorTerm::new("usr_1"), IpTerm::new("203.0.113.7"));
        let excluding = Filter { not_actors: vec![actor.clone()], not_ips: vec![ip.clone()], ..Filter::default() };
        assert_eq!(FilterPart::of(&excluding), []);
        let only = Filter { ips: vec![ip], ..Filter::default() };
        let filter = Filter { actors: vec![actor], only: Some(Box::new(only)), ..excluding };
        assert_eq!(FilterPart::of(&filter), [FilterPart::Actors, FilterPart::Addresses]);
        let filter = Filter { targets: vec!["t".to_owned()], ..Filter::default() };
        assert_eq!(FilterPart::of(&filter), [FilterPart::Targets]);
    }
}
