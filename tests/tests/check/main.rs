//! The check: it reports nothing about a sound org, and each violated invariant by its number.

mod chain;
mod damaged;
mod log;
mod merged;
mod sound;
mod staged_only;

use audit_recovery::check::{self, Checked};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, events, start};
use audit_tests::api::Api;

async fn checked(stack: &TestStack) -> Checked {
    check::org(stack.tables(), stack.archive(), &acme()).await.unwrap()
}

fn numbers(checked: &Checked) -> Vec<u8> {
    let mut numbers: Vec<u8> = checked.violations.iter().map(|violation| violation.invariant as u8).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// An org with an archived batch of six months, five rows each, and 15 hot rows.
async fn small() -> (TestStack, Api) {
    let (stack, api) = start().await;
    api.record(ORG, &events(6, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(5, 3, 1_000)).await;
    (stack, api)
}
