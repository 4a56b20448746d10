//! Settings of a function: environment variables, read once. All missing ones are reported together.

use std::fmt;
use std::sync::Mutex;

/// Reads settings, and remembers which are missing.
#[derive(Debug, Default)]
pub struct Settings {
    missing: Mutex<Vec<&'static str>>,
}

/// Settings that a function cannot do without are missing.
#[derive(thiserror::Error)]
#[error("missing environment variables: {}", .0.join(", "))]
pub struct MissingSettings(Vec<&'static str>);

impl fmt::Debug for MissingSettings {
    /// The same text as `Display`: a `main` that returns an error prints this form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Settings {
    /// Returns the value of a variable that must be set; a placeholder if it is not, until [`Settings::complete`]
    /// reports it.
    #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
    pub fn required(&self, name: &'static str) -> String {
        std::env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| {
            self.missing.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(name);
            String::new()
        })
    }

    /// Whether a variable that may be absent is set.
    #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
    pub fn given(&self, name: &'static str) -> bool {
        std::env::var(name).is_ok_and(|value| !value.is_empty())
    }

    /// Whether S3 addresses a bucket by path: true if an endpoint is configured, since the host of an endpoint other
    /// than AWS's may not resolve with a bucket's name in front of it.
    pub fn path_style(&self) -> bool {
        self.given("AWS_ENDPOINT_URL") || self.given("AWS_ENDPOINT_URL_S3")
    }

    /// # Errors
    ///
    /// All variables that were requested and are not set.
    pub fn complete(self) -> Result<(), MissingSettings> {
        let missing = self.missing.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if missing.is_empty() { Ok(()) } else { Err(MissingSettings(missing)) }
    }
}
