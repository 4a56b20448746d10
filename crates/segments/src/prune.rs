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
    segment.overlaps(span)
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

#[cfg(test)]
mod tests {
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

    /// The record of a segment of events, each with an IP address and an action.
    fn record(events: &[(&str, &str)]) -> SegmentRecord {
        let mut events: Vec<_> = events.iter().map(|(ip, action)| event(ip, action)).collect();
        events.sort_by_key(|event| event.id);
        let place = BatchPlace { first_seq: Seq(0), index: 0 };
        let mut writer = SegmentWriter::begin(&events[0], Seq(0), place, Seed([7; 32])).unwrap();
        events.iter().for_each(|event| writer.push(event).unwrap());
        writer.finish(true).unwrap().record
    }

    fn by_ip(ip: &str) -> Filter {
        Filter { ips: vec![IpTerm::new(ip)], ..Filter::default() }
    }

    #[test]
    fn a_segment_without_an_address_or_text_is_skipped_in_every_form_of_it() {
        let ips = ["203.0.113.7:443, 10.0.0.1", "unknown", "2001:DB8::1"];
        let segment = record(&ips.map(|ip| (ip, "a.b")));
        let may = |segment: &SegmentRecord, ip: &str| may_match(segment, Span::ALL, &by_ip(ip));
        for ip in ips.into_iter().chain(["203.0.113.7", "::ffff:203.0.113.7", "10.0.0.1:1", "2001:db8:0::1"]) {
            assert!(may(&segment, ip), "{ip}");
        }
        for ip in ["203.0.113.8", "Unknown", "203.0.113.7, 10.0.0.2", "2001:db8::2"] {
            assert!(!may(&segment, ip), "{ip}");
            assert!(may(&SegmentRecord { addresses: None, ..segment.clone() }, ip), "{ip}: not known");
        }
        let mut both = by_ip("203.0.113.8");
        both.ips.push(IpTerm::new("unknown"));
        assert!(may_match(&segment, Span::ALL, &both), "alternatives widen");
    }

    #[test]
    fn a_segment_is_skipped_when_its_actions_are_excluded_or_a_narrowing_rules_it_out() {
        let segment = record(&[("1.1.1.1", "a.b"), ("1.1.1.2", "c.d")]);
        let not = |actions: &[&str]| Filter {
            not_actions: actions.iter().map(|action| action.parse().unwrap()).collect(),
            ..Filter::default()
        };
        assert!(may_match(&segment, Span::ALL, &not(&["a.*"])));
        assert!(!may_match(&segment, Span::ALL, &not(&["a.*", "c.d"])));
        let within = |only: Filter| Filter { only: Some(Box::new(only)), ..by_ip("1.1.1.1") };
        assert!(may_match(&segment, Span::ALL, &within(by_ip("1.1.1.2"))));
        assert!(!may_match(&segment, Span::ALL, &within(by_ip("1.1.1.3"))));
    }

    #[test]
    fn each_address_of_an_event_must_reach_its_segment() {
        let (ip, action) = ("203.0.113.7, 10.0.0.1", "a.b");
        let (stored, whole) = (event(ip, action), record(&[(ip, action)]));
        let reaches = |addresses| {
            let segment = SegmentRecord { addresses, ..whole.clone() };
            may_match_own(&segment, stored.id, &FilterFields::of(&stored))
        };
        assert!(reaches(whole.addresses.clone()) && reaches(None));
        for part in ["203.0.113.7", "10.0.0.1"] {
            assert!(!reaches(record(&[(part, action)]).addresses), "{part}");
        }
    }

    /// Measured: 256 bytes of a ledger item for 200 addresses, and one segment in a hundred is opened for nothing.
    #[test]
    fn an_address_of_one_segment_opens_few_others() {
        let ips = |segment: usize| (0..200).map(move |n| format!("10.{segment}.0.{n}"));
        let segments: Vec<_> = (0..40)
            .map(|segment| {
                let ips: Vec<_> = ips(segment).collect();
                record(&ips.iter().map(|ip| (ip.as_str(), "a.b")).collect::<Vec<_>>())
            })
            .collect();
        let bytes = segments[0].addresses.as_ref().map_or(0, Vec::len);
        let of_an_address = |ip: String| {
            let filter = by_ip(&ip);
            segments.iter().filter(|segment| may_match(segment, Span::ALL, &filter)).count()
        };
        let opened: usize = (0..40).flat_map(ips).map(of_an_address).sum();
        let wrong = opened - 40 * 200;
        println!(
            "{bytes} of {} bytes; {wrong} of {} segments opened for nothing",
            segments[0].ledger_bytes(),
            39 * 8_000
        );
        assert!(bytes <= 512 && wrong < 39 * 8_000 / 50, "{bytes} {wrong}");
    }
}
