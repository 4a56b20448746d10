//! The table of limits in `crates/README.md` is complete, true, and held by tests.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops where its material is missing")]

mod numbers;
mod sources;
mod table;

use std::collections::BTreeSet;

use sources::{constants, is_test, root, tests_text, value_of};
use table::rows;

/// Numeric constants that limit nothing: parts of a format, names of ports, the made-up data of the demo.
const NO_LIMITS: &[(&str, &[&str])] = &[
    // Formats: another value would be another format.
    ("core/src/id.rs", &["SHARDS"]),
    ("core/src/cursor.rs", &["VERSION"]),
    ("core/src/segment.rs", &["FORMAT"]),
    ("core/src/time.rs", &["MICROS"]),
    // How something is computed or shown.
    ("archive/src/bloom.rs", &["FALSE_POSITIVES"]),
    ("cli/src/main.rs", &["USAGE"]),
    ("cli/src/stores.rs", &["BROKEN"]),
    ("core/src/ledger.rs", &["VERSIONS_APART"]),
    ("cli/src/import/report.rs", &["SHOWN"]),
];

/// Folders whose constants limit nothing in production: the made-up data, and the stores of a local stack.
const LOCAL: &[&str] = &["cli/src/demo/", "cli/src/demo.rs", "cli/src/serve/", "local/src/"];

#[test]
fn every_row_says_what_the_code_or_the_template_says() {
    for row in rows() {
        let said = row.value.unwrap_or_else(|| panic!("{}: {:?} is no number", row.name, row.value_text));
        assert_eq!(value_of(&row.file, &row.constant), Some(said), "{}: {} in {}", row.name, row.constant, row.file);
    }
}

#[test]
fn every_numeric_constant_of_the_crates_stands_in_the_table_or_is_no_limit() {
    let listed: BTreeSet<_> = rows().into_iter().map(|row| (row.file, row.constant)).collect();
    let is_listed = |file: &str, name: &str| {
        let no_limit = NO_LIMITS.iter().any(|(other, names)| *other == file && names.contains(&name));
        no_limit || listed.contains(&(format!("crates/{file}"), name.to_owned()))
    };
    let missing: Vec<_> = constants()
        .into_iter()
        .filter(|(file, _)| !LOCAL.iter().any(|local| file.starts_with(local)))
        .filter(|(file, name)| !is_listed(file, name))
        .collect();
    assert_eq!(missing, [], "give each a row in crates/README.md, Limits, or say in this test why it limits nothing");
}

#[test]
fn what_is_said_to_limit_nothing_is_there() {
    let all: BTreeSet<_> = constants().into_iter().collect();
    for (file, names) in NO_LIMITS {
        for name in *names {
            assert!(all.contains(&((*file).to_owned(), (*name).to_owned())), "{file} {name}");
        }
    }
}

#[test]
fn every_limit_names_tests_that_are_there() {
    let sources = tests_text();
    let mut limits = 0;
    for row in rows() {
        let Some(tests) = &row.tests else { continue };
        limits += 1;
        assert!(!tests.is_empty(), "{}: no test holds it", row.name);
        for test in tests {
            let is_there = if test.ends_with(".py") { root().join(test).is_file() } else { is_test(&sources, test) };
            assert!(is_there, "{}: there is no test {test}", row.name);
        }
    }
    assert!(limits > 40, "{limits} limits were read");
}

#[test]
fn no_limit_stands_in_the_table_twice() {
    let rows = rows();
    let distinct: BTreeSet<_> = rows.iter().map(|row| (&row.file, &row.constant)).collect();
    assert_eq!(distinct.len(), rows.len());
    assert!(rows.len() > 50, "{} rows were read", rows.len());
}
