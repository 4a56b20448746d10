//! Pages over the hot tier: read in bounded rounds, each source stopping where it does, and nothing passed over.

mod bounded;
mod cost;
mod repeats;
mod stops;
mod unreadable;
