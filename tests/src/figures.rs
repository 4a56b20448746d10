//! The figures of a test, for `tests/invariants/results.md`.

use std::fmt::Display;

/// Prints the figures of the test that calls it.
pub fn tell(figures: impl Display) {
    println!("figures: {figures}");
}
