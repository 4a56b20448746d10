//! The keys of the four tables. No other module builds or reads one.

use audit_core::{EventId, Month, Order, OrgId, SHARDS, SegmentName, Seq, SessionId, Sha256, Span, UnixMicros};

/// The partition key of the events and sessions tables.
pub const PK: &str = "pk";
/// The sort key of the events, ledger and sessions tables.
pub const SK: &str = "sk";
/// The partition key of the orgs and ledger tables.
pub const ORG_ID: &str = "org_id";
/// The sort key of an org's head in the ledger.
pub const HEAD: &str = "head";
/// The sort key of an org's lease in the ledger.
pub const LEASE: &str = "lease";
/// The sort key of a viewer session.
pub const SESSION: &str = "session";
/// The attribute from whose instant on DynamoDB deletes an item of the sessions table, in seconds.
pub const EXPIRES_AT_S: &str = "expires_at_s";

/// Sorts after every key with the same start: keys have digits, letters and `#-.:` only, all of which sort before it.
const LAST: char = '~';

/// The sort keys between which a range of items lies, both included.
pub type SortKeys = (String, String);

/// Lists the shards of an org.
pub fn shards() -> impl Iterator<Item = u8> {
    0..SHARDS
}

/// Returns the partition of a shard of an org's hot events. No org id contains a `#`.
pub fn partition(org_id: &OrgId, shard: u8) -> String {
    format!("{org_id}#{shard}")
}

/// Returns the sort key of a hot event: sorts as ids sort, and is readable.
pub fn event(id: EventId) -> String {
    format!("{}#{id}", id.occurred_at())
}

/// Reads the id of a sort key; `None` if it is not exactly the key of that id in that partition.
pub fn read_event(org_id: &OrgId, pk: &str, sk: &str) -> Option<EventId> {
    position(sk).filter(|id| pk == partition(org_id, id.shard()))
}

/// Reads the id in the sort key of a hot event; `None` if the sort key is not that of an event.
pub fn position(sk: &str) -> Option<EventId> {
    let id = sk.split_once('#')?.1.parse::<EventId>().ok()?;
    (sk == event(id)).then_some(id)
}

/// Returns whether any sort key of the events table, also one that is not the key of an event, lies in a span that is
/// read in `order`.
///
/// # Guarantees
///
/// A reader that stops at the key of a position has read exactly the keys that lie in its span through that position.
/// All other keys lie in its span after that position.
pub fn contains(span: Span, order: Order, sk: &str) -> bool {
    let (first, end) = event_range(span, order);
    first.as_str() <= sk && sk < end.as_str()
}

/// Returns the sort keys between which the events of a span lie, both included. The last one may be the first key after
/// the span.
///
/// An open end sorts before every year or after every year: DynamoDB rejects a range that ends before it starts. Oldest first,
/// the bound between two neighboring positions lies right after the key of the first, else right before that of the second.
/// So a key between the two is read after a stop at either.
pub fn event_range(span: Span, order: Order) -> SortKeys {
    let after = |bits: u128| EventId::from_bits(bits.checked_sub(1)?).map(|id| format!("{}\u{1}", event(id)));
    let key = |bits: u128| match order {
        Order::Newest => EventId::from_bits(bits).map(event),
        Order::Oldest => after(bits).or_else(|| EventId::from_bits(bits).map(event)),
    };
    let start = match span.start {
        0 => "0".to_owned(),
        bits => key(bits).unwrap_or_else(|| past(bits)),
    };
    let end = match span.end {
        u128::MAX => LAST.to_string(),
        bits => key(bits).unwrap_or_else(|| past(bits)),
    };
    (start, end)
}

/// Returns the key of the bound after an id whose 62 free bits are all ones. The bound is not an id, but sorts after
/// it.
fn past(bits: u128) -> String {
    EventId::from_bits(bits - 1).map_or(LAST.to_string(), |id| format!("{}{LAST}", event(id)))
}

/// Returns the sort key of a batch in the ledger.
pub fn batch(first_seq: Seq) -> String {
    format!("batch#{:020}", first_seq.0)
}

/// Reads the first sequence number of a batch.
pub fn read_batch(sk: &str) -> Option<Seq> {
    let seq = Seq(sk.strip_prefix("batch#")?.parse().ok()?);
    (batch(seq) == sk).then_some(seq)
}

/// Returns the sort keys of the batches from `first_seq` on.
pub fn batch_range(first_seq: Seq) -> SortKeys {
    (batch(first_seq), batch(Seq(u64::MAX)))
}

/// Returns the sort key of a claim's bytes in the ledger.
pub fn claim(number: u64) -> String {
    format!("claim#{number:020}")
}

/// Reads the number of a claim.
pub fn read_claim(sk: &str) -> Option<u64> {
    let number = sk.strip_prefix("claim#")?.parse().ok()?;
    (claim(number) == sk).then_some(number)
}

/// Returns the sort keys of all claims.
pub fn all_claims() -> SortKeys {
    ("claim#".to_owned(), format!("claim#{LAST}"))
}

/// Returns the sort key of a merge in the ledger.
pub fn merge(number: u64) -> String {
    format!("merge#{number:020}")
}

/// Reads the number of a merge.
pub fn read_merge(sk: &str) -> Option<u64> {
    let number = sk.strip_prefix("merge#")?.parse().ok()?;
    (merge(number) == sk).then_some(number)
}

/// Returns the sort keys of the merges after the one with a number.
pub fn merge_range(after: u64) -> SortKeys {
    (merge(after.saturating_add(1)), format!("merge#{LAST}"))
}

/// Returns the sort key of a segment in the ledger. Its last part is the merge that wrote the segment; 0 is a pass.
pub fn segment(name: SegmentName) -> String {
    format!("seg#{}#{:020}#{}", name.month, name.first_seq.0, name.merge)
}

/// Reads the name of a segment.
pub fn read_segment(sk: &str) -> Option<SegmentName> {
    let (month, numbers) = sk.strip_prefix("seg#")?.split_once('#')?;
    let (seq, merge) = numbers.split_once('#')?;
    let name =
        SegmentName { month: month.parse().ok()?, first_seq: Seq(seq.parse().ok()?), merge: merge.parse().ok()? };
    (segment(name) == sk).then_some(name)
}

/// Reads the month of a segment's sort key, also if the rest of the key is not that of a segment.
pub fn read_month(sk: &str) -> Option<Month> {
    sk.strip_prefix("seg#")?.split_once('#')?.0.parse().ok()
}

/// Returns the sort key of the filters of a segment's file.
pub fn filters(file: Sha256) -> String {
    format!("filters#{file}")
}

/// Returns the sort keys of all segments.
pub fn all_segments() -> SortKeys {
    ("seg#".to_owned(), format!("seg#{LAST}"))
}

/// Returns the sort keys of the segments of the months from `first` to `last`, both included.
pub fn month_range(first: Month, last: Month) -> SortKeys {
    (format!("seg#{first}#"), format!("seg#{last}#{LAST}"))
}

/// Returns the key of the item that reserves the folded form of an org id. No org id contains a `#`.
pub fn folded(org_id: &OrgId) -> String {
    format!("folded#{}", org_id.folded())
}

/// Returns the partition that lists the viewer sessions of an org. No session id begins like it.
pub fn sessions_of(org_id: &OrgId) -> String {
    format!("org#{org_id}")
}

/// Returns the sort keys of all sessions that such a partition lists.
pub fn all_sessions() -> SortKeys {
    ("vs_".to_owned(), format!("vs_{LAST}"))
}

/// Returns the sort key of the mark that a session was used for a read.
pub fn read_mark(read: Sha256) -> String {
    format!("search#{read}")
}

/// Returns the partition of a viewer session.
pub fn session(session_id: &SessionId) -> String {
    session_id.to_string()
}

/// Reads an instant; `None` if the text is not exactly that of a [`UnixMicros`].
pub fn read_instant(text: &str) -> Option<UnixMicros> {
    text.parse::<UnixMicros>().ok().filter(|at| at.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_these_for_ever() {
        let acme = "acme".parse::<OrgId>().unwrap();
        let id = "0193535e-9e4b-774b-8000-000000000005".parse::<EventId>().unwrap();
        let name = SegmentName { month: id.occurred_at().day().month(), first_seq: Seq(17), merge: 0 };
        assert_eq!(partition(&acme, id.shard()), "acme#2");
        assert_eq!(
            event(id),
            "2024-11-22T10:15:30.123456Z#0193535e-9e4b-774b-8000-000000000005"
                .replace("10:15:30", &id.occurred_at().to_string()[11..19])
        );
        assert_eq!(batch(Seq(17)), "batch#00000000000000000017");
        assert_eq!(claim(17), "claim#00000000000000000017");
        assert_eq!((read_claim(&claim(17)), read_claim("claim#17")), (Some(17), None));
        assert_eq!(segment(name), "seg#2024-11#00000000000000000017#0");
        let merged = SegmentName { merge: 12, ..name };
        assert_eq!(segment(merged), "seg#2024-11#00000000000000000017#12");
        assert_eq!(merge(12), "merge#00000000000000000012");
        assert_eq!((read_merge(&merge(12)), read_merge("merge#12")), (Some(12), None));
        assert_eq!((sessions_of(&acme), EXPIRES_AT_S, SESSION), ("org#acme".to_owned(), "expires_at_s", "session"));
        let token = audit_core::SessionToken::new([0; 32]);
        assert_eq!(session(&token.session_id()), "vs_2qePWejwEpZIDMRY68e6Lr");
        assert!(read_mark(Sha256::of(b"")).starts_with("search#e3b0c44298fc1c149afbf4c8996fb924"));
        assert_eq!(folded(&"AcMe".parse::<OrgId>().unwrap()), "folded#acme");
        for name in [name, merged] {
            assert_eq!(read_segment(&segment(name)), Some(name));
        }
        for sk in ["seg#2024-11#17#0", "seg#2024-11#00000000000000000017", "seg#2024-11#00000000000000000017#00"] {
            assert_eq!(read_segment(sk), None, "{sk}");
        }
        assert_eq!(read_batch(&batch(Seq(17))), Some(Seq(17)));
        assert_eq!(read_batch("batch#17"), None);
        assert!(filters(Sha256::of(b"")).starts_with("filters#e3b0c44298fc1c149afbf4c8996fb924"));
        assert_eq!(read_event(&acme, "acme#2", &event(id)), Some(id));
        assert_eq!(read_event(&acme, "acme#1", &event(id)), None);
        assert_eq!(read_event(&acme, "acme#2", &event(id).replace("123456", "123457")), None);
    }

    #[test]
    fn a_range_holds_the_keys_of_its_events_and_at_most_one_more() {
        let at = |us| EventId::new(UnixMicros::new(us), u64::MAX);
        let us = 1_732_270_530_000_000;
        for (span, order, inside, outside) in [
            (Span::ALL, Order::Newest, at(us), None),
            (Span::ALL.after(at(us), Order::Oldest), Order::Oldest, at(us + 1), Some(at(us))),
            (Span::ALL.after(at(us), Order::Newest), Order::Newest, at(us - 1), Some(at(us + 1))),
            (
                Span::between(Some(UnixMicros::new(us)), Some(UnixMicros::new(us + 1))),
                Order::Newest,
                at(us),
                Some(at(us - 1)),
            ),
            (
                Span::between(Some(UnixMicros::new(us)), Some(UnixMicros::new(us + 1))),
                Order::Oldest,
                at(us),
                Some(at(us - 1)),
            ),
        ] {
            let (start, end) = event_range(span, order);
            let within = |id| (start.clone()..=end.clone()).contains(&event(id));
            assert!(within(inside), "{span:?}");
            assert!(outside.is_none_or(|id| !within(id)), "{span:?}");
        }
    }

    #[test]
    fn a_walk_that_stops_at_a_position_has_read_the_sort_keys_of_its_span_through_it() {
        let us = 1_732_270_530_000_000;
        let least = EventId::first_at(UnixMicros::new(us));
        let greatest = EventId::new(UnixMicros::new(us), u64::MAX);
        for order in [Order::Newest, Order::Oldest] {
            for at in [least, EventId::new(UnixMicros::new(us), 7), greatest, greatest.before(Order::Newest)] {
                let (through, after) = (Span::ALL.through(at, order), Span::ALL.after(at, order));
                let key = event(at);
                let cut = &key[..key.len() - 1];
                let near =
                    ["", "!", "~", "0"].into_iter().flat_map(|end| [format!("{key}{end}"), format!("{cut}{end}")]);
                for sk in near.chain(["1".to_owned(), "x".to_owned(), "2024-11-22".to_owned(), String::from("9999")]) {
                    let is_read = if order == Order::Oldest { sk <= key } else { sk >= key };
                    assert_eq!(contains(through, order, &sk), is_read, "{order:?} {at} {sk}");
                    assert_eq!(contains(after, order, &sk), !is_read, "{order:?} {at} {sk}");
                }
            }
        }
    }

    #[test]
    fn a_range_never_ends_before_it_starts() {
        let instants =
            ["1969-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "9000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"];
        let instants: Vec<_> =
            instants.iter().map(|text| Some(text.parse::<UnixMicros>().unwrap())).chain([None]).collect();
        for (from, to) in instants.iter().flat_map(|from| instants.iter().map(move |to| (*from, *to))) {
            let span = Span::between(from, to);
            for order in [Order::Newest, Order::Oldest] {
                let (start, end) = event_range(span, order);
                assert!(span.is_empty() || start <= end, "{from:?} {to:?}: {start} {end}");
            }
        }
    }

    #[test]
    fn a_key_without_a_number_still_has_its_month() {
        let month = "2024-11".parse::<Month>().ok();
        for sk in ["seg#2024-11#00000000000000000017#0", "seg#2024-11#17", "seg#2024-11#x#y", "seg#2024-11#"] {
            assert_eq!(read_month(sk), month, "{sk}");
        }
        for sk in ["seg#2024-13#17", "seg#2024-1#", "seg#2024-11", "seg#2024-11x#", "seg#é2024-11#", "batch#2024-11#"]
        {
            assert_eq!(read_month(sk), None, "{sk}");
        }
    }

    #[test]
    fn a_range_of_months_contains_their_segments_and_no_others() {
        let month = |text: &str| text.parse::<Month>().unwrap();
        let within = |text: &str, seq: u64| {
            let (start, end) = month_range(month("2024-02"), month("2024-03"));
            (start..=end).contains(&segment(SegmentName { month: month(text), first_seq: Seq(seq), merge: seq % 12 }))
        };
        for seq in [0, u64::MAX] {
            assert!(within("2024-02", seq) && within("2024-03", seq));
            assert!(!within("2024-01", seq) && !within("2024-04", seq) && !within("2023-02", seq));
        }
    }
}
