//! Makes a failing program shorter: parts are omitted as long as it still fails.

use std::time::{Duration, Instant};

use crate::program::Step;
use crate::run::run;

/// Returns the shortest program found within a time that still fails.
pub(crate) fn shrink(mut program: Vec<Step>, patience: Duration) -> Vec<Step> {
    let start = Instant::now();
    let mut part = program.len() / 2;
    while part > 0 && start.elapsed() < patience {
        let mut at = 0;
        while at < program.len() && start.elapsed() < patience {
            let mut without = program.clone();
            without.drain(at..(at + part).min(program.len()));
            if run(&without).is_err() { program = without } else { at += part }
        }
        part /= 2;
    }
    program
}
