//! The seed of a random test.

/// The seed of a run, which it prints: random, or `AUDIT_TEST_SEED`.
#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a failed run is repeated by its seed"
)]
pub fn seed() -> u64 {
    let seed = std::env::var("AUDIT_TEST_SEED");
    let seed = seed.map_or_else(|_| rand::random(), |text| text.parse().expect("AUDIT_TEST_SEED is a number"));
    println!("AUDIT_TEST_SEED={seed}");
    seed
}
