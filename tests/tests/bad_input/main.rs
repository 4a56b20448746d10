//! For anything that is sent or archived: never a panic, never a wrong result, and each refusal states its reason.
//!
//! The random tests write a case that fails into `tests/failing-cases.txt`, smallest form first, and try the cases in
//! this file before anything new. `PROPTEST_CASES` sets how many cases each tries.

mod archived;
mod bodies;
mod cases;
mod cursors;
mod damage;
mod damaged_segments;
mod headers;
mod import_lines;
mod json;
mod large_segment;
mod paths;
mod profiles;
mod queries;
mod requests;
mod wrong_segments;
