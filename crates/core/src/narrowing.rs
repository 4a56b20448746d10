//! A narrowing: what a caller can read at most, whatever it requests.

use crate::event::Event;
use crate::filter::{Filter, FilterFields};
use crate::time::UnixMicros;

/// What a caller can read at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Only events that match.
    pub filter: Filter,
    /// Only events from this instant on.
    pub from: Option<UnixMicros>,
}

impl Narrowing {
    /// Returns the beginning and the filter of a query within it.
    pub fn narrow(&self, from: Option<UnixMicros>, filter: Filter) -> (Option<UnixMicros>, Filter) {
        let only = (!self.filter.is_empty()).then(|| Box::new(self.filter.clone()));
        (from.max(self.from), Filter { only, ..filter })
    }

    /// Reports whether the caller can read an event.
    pub fn allows(&self, event: &Event) -> bool {
        self.from.is_none_or(|from| from <= event.occurred_at) && self.filter.matches(&FilterFields::of(event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: FilterFields<'_> = FilterFields {
        actor_id: "usr_1",
        actor_email: None,
        action: "member.invited",
        category: "team",
        target_id: None,
        result: "succeeded",
        ip: None,
        request_id: Some("req_1"),
    };

    #[test]
    fn a_narrowing_only_takes_away_and_is_a_part_of_columns_and_terms() {
        let by = |request_id: &str| Filter { request_ids: vec![request_id.to_owned()], ..Filter::default() };
        let all = Filter { actions: vec!["member.*".parse().unwrap()], ..Filter::default() };
        let within = |filter| Narrowing { filter, from: None }.narrow(None, all.clone()).1;
        assert!(within(by("req_1")).matches(&EVENT) && !within(by("req_2")).matches(&EVENT));
        assert!(!Filter { only: Some(Box::new(all.clone())), ..by("req_2") }.matches(&EVENT));
        assert_eq!(within(by("req_1")).columns(), ["action", "request_id"]);
        assert_eq!(within(by("req_1")).terms(), ["action member.*", "only request_id req_1"]);
        assert_eq!(within(Filter::default()), all);
        let [early, late] = [1, 2].map(|us| Some(UnixMicros::new(us)));
        for (own, narrowing) in [(early, late), (late, early), (None, late), (late, None)] {
            assert_eq!(Narrowing { from: narrowing, ..Narrowing::default() }.narrow(own, all.clone()).0, late);
        }
    }
}
