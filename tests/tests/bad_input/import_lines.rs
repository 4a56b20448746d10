//! `audit import` over lines of any kind: an invalid one is refused by its number, and every valid one is stored.

use std::collections::BTreeSet;

use audit::import::Format;
use audit_tests::served::Served;
use audit_tests::walk::Search;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::bodies::body;
use crate::cases::try_cases;

/// A line of an input.
#[derive(Debug, Clone)]
enum Line {
    /// One that both the import and the service accept.
    Good,
    /// Anything.
    Any(Vec<u8>),
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let text = any::<String>().prop_map(String::into_bytes);
    let odd = prop_oneof![body(), any::<Vec<u8>>(), text].prop_map(Line::Any);
    vec(prop_oneof![Just(Line::Good), odd], 1..12)
}

/// A valid line of the format; all have the same actor, each has its own key.
fn good(format: Format, number: usize) -> String {
    match format {
        Format::Events => format!(
            r#"{{"occurred_at":"2026-11-22T10:15:30Z","actor":{{"id":"good"}},"action":"a.b","result":"succeeded","idempotency_key":"good-{number}"}}"#
        ),
        Format::Cloudtrail => format!(
            r#"{{"eventTime":"2026-11-22T10:15:30Z","eventID":"good-{number}","eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{{"type":"AssumedRole","arn":"good"}}}}"#
        ),
    }
}

/// The bytes of the input, and the numbers of its valid lines, of those that are not blank, and of all lines.
fn input(lines: &[Line], format: Format) -> (Vec<u8>, BTreeSet<usize>, usize) {
    let (mut bytes, mut good_lines, mut number) = (Vec::new(), BTreeSet::new(), 0);
    for line in lines {
        number += 1;
        match line {
            Line::Good => {
                good_lines.insert(number);
                bytes.extend(good(format, number).into_bytes());
            }
            Line::Any(text) => {
                number += text.iter().filter(|byte| **byte == b'\n').count();
                bytes.extend(text);
            }
        }
        bytes.push(b'\n');
    }
    (bytes, good_lines, number)
}

fn assert_good_lines_are_stored(format: Format) {
    let runtime = Runtime::new().unwrap();
    let served = runtime.block_on(Served::start());
    let api = audit_tests::api::Api::of(&served.stack);
    let orgs = std::cell::Cell::new(0);
    try_cases(8, lines(), |lines| {
        let org = format!("org_{}", orgs.replace(orgs.get() + 1));
        let (bytes, good_lines, count) = input(&lines, format);
        runtime.block_on(async {
            api.provision(&org).await;
            let imported = served.import_bytes(&org, format, &bytes).await;
            let refused: BTreeSet<_> = imported.refused.iter().map(|(line, _)| *line).collect();
            assert_eq!(refused.len(), imported.refused.len(), "a line was refused twice");
            assert!(refused.iter().all(|line| (1..=count).contains(line) && !good_lines.contains(line)), "{refused:?}");
            assert!(imported.refused.iter().all(|(_, reason)| !reason.is_empty()));
            let (created, duplicate, refused_count) = imported.counts();
            assert_eq!(refused_count as usize, refused.len());
            assert!((created + duplicate + refused_count) as usize <= count);
            let stored = Search::new(&org, "actor=good").walk(&api, 50).await;
            assert_eq!(stored.len(), good_lines.len(), "every valid line is stored, regardless of the lines around it");
        });
    });
}

#[test]
fn a_bad_line_among_events_is_refused_by_its_number_and_the_good_ones_are_stored() {
    assert_good_lines_are_stored(Format::Events);
}

#[test]
fn a_bad_line_among_cloudtrail_records_is_refused_by_its_number_and_the_good_ones_are_stored() {
    assert_good_lines_are_stored(Format::Cloudtrail);
}
