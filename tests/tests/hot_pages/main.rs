//! Pages over the hot tier: read in bounded rounds, with a different stop of each source, and without a skipped row.

mod bounded;
mod cost;
mod repeats;
mod stops;
mod unreadable;
