//! How random cases are made, and how one that failed is tried again.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestRunner};

/// The file that keeps the seeds of cases that failed.
const FAILING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/failing-cases.txt");

/// Returns the number of cases that `PROPTEST_CASES` sets, 256 by default; each costs `cost` as much as a cheap one.
pub(crate) fn config(cost: u32) -> Config {
    let default = Config::default();
    let cases = default.cases.div_ceil(cost);
    audit_tests::figures::tell(format_args!("{cases} random cases"));
    Config { cases, failure_persistence: Some(Box::new(FileFailurePersistence::Direct(FAILING))), ..default }
}

/// Tries random cases, for tests that need more than a function: a stack, a runtime.
pub(crate) fn try_cases<S: Strategy>(cost: u32, cases: S, test: impl Fn(S::Value)) {
    let outcome = TestRunner::new(config(cost)).run(&cases, |case| {
        test(case);
        Ok::<(), TestCaseError>(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}\nthe seed is in {FAILING}"));
}
