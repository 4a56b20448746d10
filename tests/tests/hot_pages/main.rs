//! Pages over the hot tier: read in bounded rounds, each source stopping where it does, and nothing passed over.
#![expect(clippy::unwrap_used, reason = "a test stops where its setup fails")]

mod bounded;
mod cost;
mod repeats;
mod stops;
mod unreadable;
