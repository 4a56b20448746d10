//! Whatever is sent or lies in the archive: never a panic, never a wrong answer, and what is refused is refused by name.
//!
//! The random tests write a case that fails into `tests/failing-cases.txt`, smallest form first, and try what stands there
//! before anything new. `PROPTEST_CASES` sets how many cases each tries.

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
