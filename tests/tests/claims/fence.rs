//! A model of the chain of claims: every interleaving of workers, a reader, and a copy of the ledger that takes its place
//! in a second process at any moment. Each move is a step of the implementation, under its name; heads, and the verdict on
//! them, are those of the implementation.
//!
//! Rows a and b are acknowledged and hot at the start, and each batch takes one of them. In every state
//!
//! - F1 a reader that answers returns a and b
//! - F2 no two batches that are not void contain one row
//! - F3 a row that left the hot tier is in an object of such a batch
//! - F4 every object is that of a claimed batch
//!
//! A wrong protocol is one in which the exploration finds a state that violates one of them.

mod state;
mod steps;

use state::State;

use crate::explore::explore;

/// What is explored.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Setting {
    /// A second worker on the ledger.
    second_worker: bool,
    /// A copy of the ledger, with a worker and readers.
    copy: bool,
    /// There is one row, and once, everything that is staged by then expires.
    expiry: bool,
    /// The deviation from the protocol.
    bug: Option<Bug>,
}

/// A deviation from the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// Rows are deleted before the claim that their batch is published.
    DeleteBeforeClaim,
    /// Segments are copied before the claim of their batch.
    CopyBeforeClaim,
    /// The claim after the newest one is not asked for.
    NextNotAsked,
    /// A claim is put over another one.
    Overwrite,
    /// A worker continues after it met another claim under its number.
    ForkAccepted,
    /// A batch becomes void although all of its segments are stored.
    VoidWithoutCause,
}

fn explored(setting: Setting) -> Result<usize, String> {
    explore(State::start(setting), State::key, State::check, |state| steps::after(state, setting))
}

#[test]
fn no_interleaving_of_two_workers_a_reader_and_an_expiry_loses_or_doubles_a_row() {
    let mut states = Vec::new();
    for expiry in [false, true] {
        states.push(explored(Setting { second_worker: true, expiry, ..Setting::default() }).unwrap());
    }
    audit_tests::figures::tell(format_args!("two workers and a reader, without and with an expiry: {states:?} states"));
    assert!(states.iter().all(|states| *states > 10_000), "{states:?}");
}

#[test]
fn no_interleaving_with_an_older_copy_of_the_ledger_loses_or_doubles_a_row() {
    let setting = Setting { copy: true, ..Setting::default() };
    let states = explored(setting).unwrap();
    audit_tests::figures::tell(format_args!("a ledger, a copy of it, and readers of both: {states} states"));
    assert!(states > 10_000, "{states}");
}

#[test]
fn the_model_finds_each_deviation_from_the_protocol() {
    for (bug, violated) in [
        (Bug::DeleteBeforeClaim, "F1"),
        (Bug::CopyBeforeClaim, "F4"),
        (Bug::NextNotAsked, "F1"),
        (Bug::Overwrite, "F"),
        (Bug::ForkAccepted, "F"),
    ] {
        match explored(Setting { copy: true, bug: Some(bug), ..Setting::default() }) {
            Ok(states) => panic!("{bug:?} is not noticed in {states} states"),
            Err(found) => assert!(found.starts_with(violated), "{bug:?}: {found}"),
        }
    }
    let setting = Setting { second_worker: true, bug: Some(Bug::VoidWithoutCause), ..Setting::default() };
    assert!(explored(setting).is_err(), "an object of a void batch stays");
}
