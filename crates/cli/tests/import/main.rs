//! `audit import` against a stub of the service.
#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot continue fails the test")]

mod binary;
mod cloudtrail;
mod delivery;
mod faults;
mod stub;
