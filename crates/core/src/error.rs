//! Errors as readable text.

use std::error::Error;

/// A text that its type does not accept, by what the type accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("allowed: {0}")]
pub struct ParseError(pub &'static str);

/// Returns an error and its causes in one line, the outermost first.
///
/// # Examples
///
/// ```
/// let refused = std::io::Error::other("access denied");
/// assert_eq!(audit_core::error::chain(&refused), "access denied");
/// ```
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[derive(Debug, thiserror::Error)]
    #[error("{0} failed")]
    struct Outer(&'static str, #[source] std::num::ParseIntError);

    #[test]
    fn every_cause_is_written_once_outermost_first() {
        let cause = "x".parse::<u8>().unwrap_err();
        let text = format!("PutItem failed: {cause}");
        assert_eq!(chain(&Outer("PutItem", cause)), text);
    }
}
