//! Merges of segments: stops between any two steps, several workers, readers between any two requests, and what remains.

mod abandoned;
mod due;
mod portions;
mod readers;
mod steps;
mod workers;
