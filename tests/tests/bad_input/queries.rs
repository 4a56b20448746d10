//! Query strings: arbitrary ones, and combinations of the parameters' names with likely and unlikely values.

use audit_core::{
    Search,
    limits::{FILTER_VALUES, PAGE_EVENTS, TEXT_BYTES},
    search::parameters,
};
use audit_tests::org;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cases::config;

const VALUES: &[&str] = &[
    "",
    "1",
    "1000",
    "1001",
    "0",
    "-1",
    "%2B1",
    "1.0",
    "1e2",
    "٣",
    "newest",
    "oldest",
    "succeeded",
    "failed",
    "billing.*",
    "a.b",
    "*",
    ".*",
    "team",
    "other",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00%2B01:00",
    "2026-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-23:59",
    "0000-01-01T00:00:00Z",
    "0000-01-01T00:00:00%2B23:59",
    "2026-02-30T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "%",
    "%2",
    "%zz",
    "%ff",
    "%00",
    "%u0041",
    "%ED%A0%80",
    "%F0%9F%98%80",
    "a=b",
    "\u{202e}",
    "AQGT",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

fn query() -> impl Strategy<Value = String> {
    let name = prop_oneof![8 => proptest::sample::select(parameters()).prop_map(str::to_owned), 1 => any::<String>()];
    let long = (2_000..2_100_usize).prop_map(|length| "x".repeat(length));
    let value = prop_oneof![8 => proptest::sample::select(VALUES.to_vec()).prop_map(str::to_owned), 1 => any::<String>(), 1 => long];
    let joined = proptest::sample::select(vec!["=", "", "==", "%3D"]);
    let few = vec((name.clone(), prop_oneof![8 => Just("="), 1 => joined], value), 0..6).prop_map(|parts| {
        parts.into_iter().map(|(name, joined, value)| name + joined + &value).collect::<Vec<_>>().join("&")
    });
    let many = (name, 45..56_usize).prop_map(|(name, count)| vec![format!("{name}=a"); count].join("&"));
    prop_oneof![8 => few, 1 => many]
}

/// What is accepted is in the documented ranges; what is refused is refused by the parameter's name.
fn check(query: &str) -> Result<(), TestCaseError> {
    match Search::read(org("acme"), Some(query)) {
        Err(faults) => {
            prop_assert!(!faults.listed().is_empty());
            for fault in faults.listed() {
                prop_assert!(fault.pointer.starts_with('?') && !fault.allowed.is_empty(), "{:?}", fault);
            }
        }
        Ok(search) => {
            prop_assert!((1..=PAGE_EVENTS).contains(&search.limit));
            prop_assert!(search.from.zip(search.to).is_none_or(|(from, to)| from <= to));
            let filter = &search.filter;
            let terms = [filter.actors.len(), filter.actions.len(), filter.categories.len(), filter.targets.len()];
            let counts = [filter.ips.len(), filter.request_ids.len(), filter.not_actors.len(), filter.not_ips.len()];
            let mut counts = terms.into_iter().chain(counts).chain([filter.not_actions.len()]);
            prop_assert!(counts.all(|count| count <= FILTER_VALUES), "{:?}", filter);
            let actors = filter.actors.iter().chain(&filter.not_actors).map(|actor| &actor.id);
            let texts = filter.targets.iter().chain(&filter.request_ids).chain(actors);
            prop_assert!(texts.map(String::len).all(|bytes| bytes <= TEXT_BYTES));
            prop_assert!(search.cursor.is_none_or(|cursor| cursor == search.cursor_at(cursor.position)));
            let again = Search::read(org("acme"), Some(query));
            prop_assert_eq!(again, Ok(search));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(1))]

    #[test]
    fn an_arbitrary_query_string_is_refused_by_name_or_is_in_range(query: String) {
        check(&query)?;
    }

    #[test]
    fn parameters_with_odd_values_are_refused_by_name_or_are_in_range(query in query()) {
        check(&query)?;
    }
}
