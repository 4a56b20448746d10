//! Which segments a search can skip, by the ledger only: an optimization of the filter, never a second opinion.

use std::time::Duration;

use audit_core::{
    ActionTerm, ActorTerm, Category, EventId, EventResult, Filter, FilterFields, FilterPart, IpTerm, SegmentFilters,
    SegmentRecord, Span, address::addresses,
};

use crate::format::bloom::{email_value, id_value, may_contain, term_values};

/// Reports whether a segment may contain an event of the span that matches the filter, by its record.
///
/// # Guarantees
/// Never `false` for a segment that contains one.
pub fn may_match(segment: &SegmentRecord, span: Span, filter: &Filter) -> bool {
    segment.overlaps(span)
        && any(&filter.categories, |category| segment.categories.iter().any(|listed| listed == category.as_str()))
        && segment.actions.as_ref().is_none_or(|actions| actions.iter().any(|action| filter.matches_action(action)))
        && filter.result.as_ref().is_none_or(|result| segment.may_have_result(result))
        && filter.only.as_ref().is_none_or(|only| may_match(segment, span, only))
}

/// Reports whether a segment may contain an event that matches the filter, by its filters. An absent one may contain
/// anything.
///
/// # Guarantees
/// Never `false` for a segment that contains one.
pub fn filters_may_match(filters: &SegmentFilters, filter: &Filter) -> bool {
    let may = |part, value: &str| may_contain(filters.get(part).map(AsRef::as_ref), value);
    any(&filter.actors, |actor| {
        may(FilterPart::Actors, &id_value(&actor.id)) || may(FilterPart::Actors, &email_value(&actor.email))
    }) && any(&filter.targets, |target| may(FilterPart::Targets, target))
        && any(&filter.ips, |term| term_values(term).iter().all(|value| may(FilterPart::Addresses, value)))
        && filter.only.as_ref().is_none_or(|only| filters_may_match(filters, only))
}

/// Reports whether every search for an event's own values reads the segment.
pub(crate) fn may_match_own(
    (segment, filters): (&SegmentRecord, &SegmentFilters),
    id: EventId,
    own: &FilterFields<'_>,
) -> bool {
    let at = id.occurred_at();
    let span = Span::between(Some(at), Some(at.plus(Duration::from_micros(1))));
    let by_actor = |text| Filter { actors: vec![ActorTerm::new(text)], ..Filter::default() };
    let by_all = Filter {
        actions: own.action.parse::<ActionTerm>().into_iter().collect(),
        categories: vec![Category::from_stored(own.category)],
        targets: own.target_id.map(str::to_owned).into_iter().collect(),
        result: Some(EventResult::from_stored(own.result.to_owned())),
        ..by_actor(own.actor_id)
    };
    let by = |filter: Filter| may_match(segment, span, &filter) && filters_may_match(filters, &filter);
    let by_ip = |term| by(Filter { ips: vec![term], ..Filter::default() });
    by(by_all)
        && own.actor_email.is_none_or(|email| by(by_actor(email)))
        && own.ip.is_none_or(|ip| by_ip(IpTerm::new(ip)) && addresses(ip).map(IpTerm::Address).all(by_ip))
}

fn any<T>(alternatives: &[T], allows: impl Fn(&T) -> bool) -> bool {
    alternatives.is_empty() || alternatives.iter().any(allows)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use audit_core::{Event, IdKey, Seed, Seq, UnixMicros, request};

    use super::*;
    use crate::{BatchPlace, SegmentWriter};

    fn event(ip: &str, action: &str) -> Event {
        let body = format!(
            r#"{{"occurred_at":"2026-11-18T00:00:00Z","actor":{{"id":"a"}},"action":"{action}","result":"failed",
                "context":{{"ip":"{ip}"}},"idempotency_key":"{ip}"}}"#
        );
        let now = UnixMicros::new(1_795_000_000_000_000);
        let new = request::read(body.as_bytes(), None, now).unwrap().remove(0);
        new.into_event("acme".parse().unwrap(), &IdKey::new([7; 32]), now, 0)
    }

    /// The record and the filters of a segment of events, each with an IP address and an action.
    fn segment(events: &[(&str, &str)]) -> (SegmentRecord, SegmentFilters) {
        let mut events: Vec<_> = events.iter().map(|(ip, action)| event(ip, action)).collect();
        events.sort_by_key(|event| event.id);
        let place = BatchPlace { first_seq: Seq(0), index: 0 };
        let mut writer = SegmentWriter::begin(&events[0], Seq(0), place, Seed([7; 32])).unwrap();
        events.iter().for_each(|event| writer.push(event).unwrap());
        let encoded = writer.finish(true).unwrap();
        (encoded.record, encoded.filters)
    }

    fn by_ip(ip: &str) -> Filter {
        Filter { ips: vec![IpTerm::new(ip)], ..Filter::default() }
    }

    #[test]
    fn a_segment_without_an_address_or_text_is_skipped_in_every_form_of_it() {
        let ips = ["203.0.113.7:443, 10.0.0.1", "unknown", "2001:DB8::1"];
        let (_, filters) = segment(&ips.map(|ip| (ip, "a.b")));
        let may = |filters: &SegmentFilters, ip: &str| filters_may_match(filters, &by_ip(ip));
        for ip in ips.into_iter().chain(["203.0.113.7", "::ffff:203.0.113.7", "10.0.0.1:1", "2001:db8:0::1"]) {
            assert!(may(&filters, ip), "{ip}");
        }
        for ip in ["203.0.113.8", "Unknown", "203.0.113.7, 10.0.0.2", "2001:db8::2"] {
            assert!(!may(&filters, ip), "{ip}");
            assert!(may(&SegmentFilters::default(), ip), "{ip}: not known");
        }
        let mut both = by_ip("203.0.113.8");
        both.ips.push(IpTerm::new("unknown"));
        assert!(filters_may_match(&filters, &both), "alternatives widen");
    }

    #[test]
    fn a_segment_is_skipped_when_its_actions_are_excluded_or_a_narrowing_rules_it_out() {
        let (record, filters) = segment(&[("1.1.1.1", "a.b"), ("1.1.1.2", "c.d")]);
        let not = |actions: &[&str]| Filter {
            not_actions: actions.iter().map(|action| action.parse().unwrap()).collect(),
            ..Filter::default()
        };
        assert!(may_match(&record, Span::ALL, &not(&["a.*"])));
        assert!(!may_match(&record, Span::ALL, &not(&["a.*", "c.d"])));
        let within = |only: Filter| Filter { only: Some(Box::new(only)), ..by_ip("1.1.1.1") };
        assert!(filters_may_match(&filters, &within(by_ip("1.1.1.2"))));
        assert!(!filters_may_match(&filters, &within(by_ip("1.1.1.3"))));
        assert!(may_match(&record, Span::ALL, &within(not(&["a.*"]))));
        assert!(!may_match(&record, Span::ALL, &within(not(&["a.*", "c.d"]))));
    }

    #[test]
    fn each_address_of_an_event_must_reach_its_segment() {
        let (ip, action) = ("203.0.113.7, 10.0.0.1", "a.b");
        let (stored, (record, whole)) = (event(ip, action), segment(&[(ip, action)]));
        let reaches = |addresses: Option<&Arc<[u8]>>| {
            let filters = whole.clone().with(FilterPart::Addresses, addresses.cloned());
            may_match_own((&record, &filters), stored.id, &FilterFields::of(&stored))
        };
        assert!(reaches(whole.get(FilterPart::Addresses)) && reaches(None));
        for part in ["203.0.113.7", "10.0.0.1"] {
            assert!(!reaches(segment(&[(part, action)]).1.get(FilterPart::Addresses)), "{part}");
        }
    }

    #[test]
    fn a_segment_without_a_failure_is_skipped_by_a_search_for_failures_and_reports_a_wrong_count() {
        let stored = event("1.1.1.1", "a.b");
        let (record, filters) = segment(&[("1.1.1.1", "a.b")]);
        let by = |result| Filter { result: Some(result), ..Filter::default() };
        let days = |text: &str| audit_core::DayRows::from_text(record.month, text).unwrap();
        let [only_day] = record.days.iter().collect::<Vec<_>>()[..] else { panic!("one event has one day") };
        let day = &only_day.0.to_string()[8..];
        for (text, failed, succeeded) in [(format!("{day}:1"), false, true), (format!("{day}:1/1"), true, false)] {
            let record = SegmentRecord { days: days(&text), ..record.clone() };
            assert_eq!(may_match(&record, Span::ALL, &by(EventResult::FAILED)), failed);
            assert_eq!(may_match(&record, Span::ALL, &by(EventResult::SUCCEEDED)), succeeded);
            let reaches = may_match_own((&record, &filters), stored.id, &FilterFields::of(&stored));
            assert_eq!(reaches, if stored.result == EventResult::FAILED { failed } else { succeeded }, "{text}");
        }
    }

    /// Measured: 256 bytes for 200 addresses, and one segment in a hundred is opened for nothing.
    #[test]
    fn an_address_of_one_segment_opens_few_others() {
        let ips = |segment: usize| (0..200).map(move |n| format!("10.{segment}.0.{n}"));
        let segments: Vec<_> = (0..40)
            .map(|number| {
                let ips: Vec<_> = ips(number).collect();
                segment(&ips.iter().map(|ip| (ip.as_str(), "a.b")).collect::<Vec<_>>()).1
            })
            .collect();
        let bytes = segments[0].get(FilterPart::Addresses).map_or(0, |bits| bits.len());
        let of_an_address = |ip: String| {
            let filter = by_ip(&ip);
            segments.iter().filter(|filters| filters_may_match(filters, &filter)).count()
        };
        let opened: usize = (0..40).flat_map(ips).map(of_an_address).sum();
        let wrong = opened - 40 * 200;
        println!("{bytes} bytes; {wrong} of {} segments opened for nothing", 39 * 8_000);
        assert!(bytes <= 512 && wrong < 39 * 8_000 / 50, "{bytes} {wrong}");
    }
}
