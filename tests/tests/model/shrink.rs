//! Making a failing program shorter: parts are left out as long as it still fails.

use std::time::{Duration, Instant};

use crate::program::Step;
use crate::run::run;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// The shortest program found that still fails.
pub(crate) fn shrink(mut program: Vec<Step>) -> Vec<Step> {
    let start = Instant::now();
    let mut part = program.len() / 2;
    while part > 0 && start.elapsed() < PATIENCE {
        let mut at = 0;
        while at < program.len() && start.elapsed() < PATIENCE {
            let mut without = program.clone();
            without.drain(at..(at + part).min(program.len()));
            if run(&without).is_err() { program = without } else { at += part }
        }
        part /= 2;
    }
    program
}
