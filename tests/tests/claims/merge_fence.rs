//! A model of the chain of claims around a merge: every interleaving of workers, a reader, an expiry of what is staged, a
//! copy of the ledger that takes its place in a second process at any moment, and a rebuild into another table. Each move
//! is a step of the implementation; heads, what they show, and the verdict on them are those of the implementation.
//!
//! The objects a and b are published at the start, and a merge replaces both by its target. In every state
//!
//! - G1 a reader that answers returns the rows of a and of b, each once
//! - G2 the rows of a and of b are in an object
//! - G3 what a rebuilt ledger shows exists
//! - G4 every target is that of a claimed merge, which is not void
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
    /// A reader.
    reader: bool,
    /// A copy of the ledger, with a worker, and readers if there are any.
    copy: bool,
    /// A rebuild, with a worker on what it writes.
    rebuild: bool,
    /// Once, what is staged expires.
    expiry: bool,
    /// The deviation from the protocol.
    bug: Option<Bug>,
}

/// A deviation from the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// Sources are deleted before the switch is claimed.
    DeleteBeforeClaim,
    /// Targets are copied before the merge is claimed.
    CopyBeforeClaim,
    /// A claim is put over another one.
    Overwrite,
    /// A worker continues after it met another claim under its number.
    ForkAccepted,
    /// A rebuild does not claim its generation.
    RebuildUnclaimed,
}

fn explored(setting: Setting) -> Result<usize, String> {
    explore(State::start(setting), State::key, State::check, |state| steps::after(state, setting))
}

#[test]
fn no_interleaving_of_a_merge_loses_doubles_or_hides_a_row() {
    let alone = Setting::default();
    let settings = [
        Setting { second_worker: true, reader: true, expiry: true, ..alone },
        Setting { copy: true, reader: true, expiry: true, ..alone },
        Setting { rebuild: true, reader: true, expiry: true, ..alone },
        Setting { rebuild: true, copy: true, expiry: true, ..alone },
    ];
    let states: Vec<_> = settings.into_iter().map(|setting| explored(setting).unwrap()).collect();
    audit_tests::figures::tell(format_args!("a merge: {states:?} states"));
    assert!(states.iter().all(|states| *states > 10_000), "{states:?}");
}

#[test]
fn the_model_of_a_merge_finds_each_deviation_from_the_protocol() {
    let copy = Setting { reader: true, copy: true, ..Setting::default() };
    let rebuild = Setting { rebuild: true, expiry: true, ..Setting::default() };
    for (bug, setting) in [
        (Bug::DeleteBeforeClaim, rebuild),
        (Bug::CopyBeforeClaim, copy),
        (Bug::Overwrite, copy),
        (Bug::ForkAccepted, copy),
        (Bug::RebuildUnclaimed, rebuild),
    ] {
        match explored(Setting { bug: Some(bug), ..setting }) {
            Ok(states) => panic!("{bug:?} is not noticed in {states} states"),
            Err(found) => assert!(found.starts_with('G'), "{bug:?}: {found}"),
        }
    }
}
