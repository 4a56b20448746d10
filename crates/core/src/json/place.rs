//! The place of a JSON value in a request body: a chain of tokens, written out as a pointer only for an error.

use std::fmt;

/// The place of a value. A copy, and a step one level down, cost the same at any depth and with any key.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    token: Token<'a>,
    /// The length of the pointer, so that a pointer that is too long to be listed is not written out.
    pub(crate) bytes: usize,
}

#[derive(Debug, Clone, Copy)]
enum Token<'a> {
    /// A pointer that is already written.
    Pointer(&'a str),
    Member(&'a str),
    Element(usize),
}

impl<'a> Place<'a> {
    /// Returns the place of a member of the object at `parent`.
    pub fn member(parent: &'a Place<'a>, name: &'a str) -> Self {
        let escapes = name.bytes().filter(|byte| matches!(byte, b'~' | b'/')).count();
        Self { parent: Some(parent), token: Token::Member(name), bytes: parent.bytes + 1 + name.len() + escapes }
    }

    /// Returns the place of an element of the array at `parent`.
    pub fn element(parent: &'a Place<'a>, index: usize) -> Self {
        let digits = index.checked_ilog10().unwrap_or(0) as usize + 1;
        Self { parent: Some(parent), token: Token::Element(index), bytes: parent.bytes + 1 + digits }
    }
}

impl<'a> From<&'a str> for Place<'a> {
    fn from(pointer: &'a str) -> Self {
        Self { parent: None, token: Token::Pointer(pointer), bytes: pointer.len() }
    }
}

impl fmt::Display for Place<'_> {
    /// The RFC 6901 pointer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.token {
            Token::Pointer(pointer) => f.write_str(pointer),
            Token::Member(name) => f.write_str(&crate::invalid::join("", name)),
            Token::Element(index) => write!(f, "/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_escaped_and_has_the_length_that_was_counted() {
        let root = Place::from("/events/3/details");
        let member = Place::member(&root, "a/b~c");
        for (index, pointer) in [(0, "/0"), (9, "/9"), (10, "/10"), (99, "/99"), (100, "/100"), (65_536, "/65536")] {
            let place = Place::element(&member, index);
            assert_eq!(place.to_string(), format!("/events/3/details/a~1b~0c{pointer}"));
            assert_eq!(place.bytes, place.to_string().len());
        }
        assert_eq!(Place::member(&Place::from(""), "").to_string(), "/");
    }
}
