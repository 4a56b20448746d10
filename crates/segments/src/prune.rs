//! Which segments a search can skip, by the ledger only: an optimization of the filter, never a second opinion.

use std::time::Duration;

use audit_core::{
    ActionTerm, ActorTerm, Category, EventId, Filter, FilterFields, IpTerm, SegmentRecord, Span, address::addresses,
};

use crate::format::bloom::{email_value, id_value, may_contain, term_values};

/// Reports whether a segment may contain an event of the span that matches the filter.
///
/// # Guarantees
/// Never `false` for a segment that contains one.
pub fn may_match(segment: &SegmentRecord, span: Span, filter: &Filter) -> bool {
    let actors = segment.actors.as_deref();
    let targets = segment.targets.as_deref();
    let addresses = segment.addresses.as_deref();
    span.overlaps(segment.first, segment.last)
        && any(&filter.categories, |category| segment.categories.iter().any(|listed| listed == category.as_str()))
        && segment.actions.as_ref().is_none_or(|actions| actions.iter().any(|action| filter.matches_action(action)))
        && any(&filter.actors, |actor| {
            may_contain(actors, &id_value(&actor.id)) || may_contain(actors, &email_value(&actor.email))
        })
        && any(&filter.targets, |target| may_contain(targets, target))
        && any(&filter.ips, |term| term_values(term).iter().all(|value| may_contain(addresses, value)))
        && filter.only.as_ref().is_none_or(|only| may_match(segment, span, only))
}

/// Reports whether every search for an event's own values reads the segment.
pub(crate) fn may_match_own(segment: &SegmentRecord, id: EventId, own: &FilterFields<'_>) -> bool {
    let at = id.occurred_at();
    let span = Span::between(Some(at), Some(at.plus(Duration::from_micros(1))));
    let by_actor = |text| Filter { actors: vec![ActorTerm::new(text)], ..Filter::default() };
    let by_all = Filter {
        actions: own.action.parse::<ActionTerm>().into_iter().collect(),
        categories: vec![Category::from_stored(own.category)],
        targets: own.target_id.map(str::to_owned).into_iter().collect(),
        ..by_actor(own.actor_id)
    };
    let by_ip = |term| may_match(segment, span, &Filter { ips: vec![term], ..Filter::default() });
    may_match(segment, span, &by_all)
        && own.actor_email.is_none_or(|email| may_match(segment, span, &by_actor(email)))
        && own.ip.is_none_or(|ip| by_ip(IpTerm::new(ip)) && addresses(ip).map(IpTerm::Address).all(by_ip))
}

fn any<T>(alternatives: &[T], allows: impl Fn(&T) -> bool) -> bool {
    alternatives.is_empty() || alternatives.iter().any(allows)
}
