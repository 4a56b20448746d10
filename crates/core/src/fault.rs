//! What is wrong with an input: every fault, with its place, what was found and what is allowed.

use serde::Serialize;

use crate::limits::{FAULTS_BYTES, FAULTS_LISTED};

/// One thing that is wrong with an input.
///
/// *Shapes and units*: `pointer` is an RFC 6901 JSON pointer into the request body, or for a query parameter its name
/// behind `?`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where.
    pub pointer: String,
    /// What stands there, shortened.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

/// All faults of one input.
///
/// *Guarantees*: counts every fault; lists them until [`FAULTS_LISTED`] or [`FAULTS_BYTES`] is reached, so that an
/// answer about a hostile body stays small.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    listed: Vec<Fault>,
    listed_bytes: usize,
    count: usize,
}

impl Faults {
    /// Adds a fault.
    pub fn add(&mut self, pointer: impl Into<String>, found: impl Into<String>, allowed: impl Into<String>) {
        self.count += 1;
        let fault = Fault { pointer: pointer.into(), found: found.into(), allowed: allowed.into() };
        let bytes = fault.pointer.len() + fault.found.len() + fault.allowed.len();
        if self.listed.len() < FAULTS_LISTED && self.listed_bytes + bytes <= FAULTS_BYTES {
            self.listed_bytes += bytes;
            self.listed.push(fault);
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many faults there are, listed or not.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The listed faults, in the order they were found.
    pub fn listed(&self) -> &[Fault] {
        &self.listed
    }

    /// Gives `value` where nothing is wrong.
    ///
    /// *Errors*: these faults.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Faults> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

/// Quotes a text for [`Fault::found`], shortened to 60 characters.
pub fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// Appends one reference token to a JSON pointer, escaped as RFC 6901 says.
pub fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(count: usize, bytes_each: usize) -> Faults {
        let mut faults = Faults::default();
        (0..count).for_each(|_| faults.add("", "x".repeat(bytes_each), ""));
        faults
    }

    #[test]
    fn a_thousand_faults_are_listed_and_further_ones_counted() {
        assert_eq!((faults(1_000, 1).listed().len(), faults(1_000, 1).count()), (1_000, 1_000));
        assert_eq!((faults(1_001, 1).listed().len(), faults(1_001, 1).count()), (1_000, 1_001));
    }

    #[test]
    fn faults_of_256_kib_are_listed_and_further_ones_counted() {
        assert_eq!(faults(2, 131_072).listed().len(), 2);
        assert_eq!((faults(2, 131_073).listed().len(), faults(2, 131_073).count()), (1, 2));
    }
}
