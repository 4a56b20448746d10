//! Types that are a checked text, each with the same methods.

/// Adds `as_str` and `Display` to a type that wraps a text. With a check and what it allows, also `FromStr`.
macro_rules! text_type {
    ($name:ident, $fits:expr, $allowed:expr) => {
        $crate::text_type::text_type!($name);

        impl std::str::FromStr for $name {
            type Err = $crate::error::ParseError;

            fn from_str(text: &str) -> Result<Self, $crate::error::ParseError> {
                if $fits(text) { Ok(Self(text.to_owned())) } else { Err($crate::error::ParseError($allowed)) }
            }
        }
    };
    ($name:ident) => {
        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Declares a type of texts, of which a closed set is known.
///
/// A new value must belong to the set. A stored value is accepted as it is, so that an older version reads what a newer
/// version wrote.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $member:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(std::borrow::Cow<'static, str>);

        impl $name {
            $($(#[$doc])* pub const $member: Self = Self(std::borrow::Cow::Borrowed($text));)+

            /// The texts that a new value may have.
            pub const TEXTS: &[&str] = &[$($text),+];

            /// Accepts a stored text, which a newer version may have written.
            pub fn from_stored(text: String) -> Self {
                text.parse().unwrap_or(Self(text.into()))
            }
        }

        $crate::text_type::text_type!($name);

        impl std::str::FromStr for $name {
            type Err = $crate::error::ParseError;

            fn from_str(text: &str) -> Result<Self, $crate::error::ParseError> {
                let known = Self::TEXTS.iter().find(|known| **known == text);
                known.map(|known| Self(std::borrow::Cow::Borrowed(known))).ok_or($crate::error::ParseError("a known value"))
            }
        }
    };
}

pub(crate) use {text_enum, text_type};
