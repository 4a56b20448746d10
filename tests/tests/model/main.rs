//! Random programs against the whole stack and against a naive model of it: one map an org, no tiers, no time.
//!
//! `AUDIT_MODEL_SEED` replays one seed, `AUDIT_MODEL_SEEDS` sets how many run, `AUDIT_MODEL_STEPS` makes programs
//! longer. A program that fails is made shorter as long as it still fails, for up to `AUDIT_MODEL_SHRINK_SECONDS`, and
//! printed.

mod book;
mod draft;
mod program;
mod run;
mod shrink;
mod walker;
mod worker;
mod world;

use std::num::NonZero;
use std::thread;
use std::time::Duration;

use rand::RngExt as _;

/// A number of the environment.
#[expect(clippy::disallowed_methods, reason = "an environment variable sets how long a test runs")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn random_programs_answer_as_a_naive_model_does() {
    let steps = number("AUDIT_MODEL_STEPS").unwrap_or(1_200) as usize;
    let seeds = match number("AUDIT_MODEL_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("AUDIT_MODEL_SEEDS").unwrap_or(2)).map(|_| rand::rng().random()).collect(),
    };
    // A program keeps one processor busy.
    let programs = thread::available_parallelism().map_or(1, NonZero::get);
    for seeds in seeds.chunks(programs) {
        thread::scope(|scope| {
            for &seed in seeds {
                scope.spawn(move || check(seed, steps));
            }
        });
    }
}

/// Runs the program of a seed.
fn check(seed: u64, steps: usize) {
    println!("seed {seed}, {steps} steps; AUDIT_MODEL_SEED={seed} AUDIT_MODEL_STEPS={steps} replays it");
    let program = program::generate(seed, steps);
    match run::run(&program) {
        Ok(figures) => audit_tests::figures::tell(figures),
        Err(failure) => {
            let patience = Duration::from_secs(number("AUDIT_MODEL_SHRINK_SECONDS").unwrap_or(300));
            let program = shrink::shrink(program, patience);
            panic!("seed {seed} fails: {failure}\nthe shortest program found:\n{program:#?}");
        }
    }
}
