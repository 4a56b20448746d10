//! How e-mail addresses are compared.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Returns the form that e-mail addresses share if they differ only in case, or in how their accents are encoded:
/// Unicode's full case folding between normalizations, in NFC at the end (section 3.13, D145, canonical caseless
/// matching).
///
/// # Guarantees
/// Folding a folded address changes nothing. The result is a part of the stored format: the Bloom filters of the ledger
/// contain it.
pub fn fold(email: &str) -> String {
    if email.is_ascii() {
        return email.to_ascii_lowercase();
    }
    email.nfd().default_case_fold().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_differ_by_case_or_encoding_share_one_form() {
        for (one, another) in [
            ("Ada@Example.COM", "ada@example.com"),
            ("ΟΔΟΣ@example.gr", "οδος@example.gr"),
            ("οδοσ@example.gr", "οδος@example.gr"),
            ("STRASSE@example.de", "straße@example.de"),
            ("STRAẞE@example.de", "straße@example.de"),
            ("Jose\u{301}@example.es", "josé@example.es"),
            ("E\u{301}COLE@example.fr", "\u{e9}cole@example.fr"),
            ("ﬁn@example.com", "FIN@example.com"),
            ("K@example.com", "\u{212a}@example.com"),
            ("ᾼ@example.gr", "αι@example.gr"),
            ("a\u{323}\u{307}@example.com", "A\u{307}\u{323}@example.com"),
        ] {
            assert_eq!(fold(one), fold(another), "{one} {another}");
        }
    }

    #[test]
    fn other_addresses_stay_apart() {
        for (one, another) in [
            ("ada@example.com", "ada@example.org"),
            ("jose@example.es", "josé@example.es"),
            ("ada+x@example.com", "ada@example.com"),
            ("a.da@example.com", "ada@example.com"),
            ("ı@example.com", "i@example.com"),
        ] {
            assert_ne!(fold(one), fold(another), "{one} {another}");
        }
    }

    #[test]
    fn folding_twice_changes_nothing_more_and_normalisation_before_it_neither() {
        for char in ('\0'..='\u{1ffff}').filter(|char| !char.is_ascii()) {
            let text = format!("a{char}\u{301}\u{345}b");
            let folded = fold(&text);
            assert_eq!(fold(&folded), folded, "{text:?}");
            assert_eq!(fold(&text.nfc().collect::<String>()), folded, "{text:?}");
            assert_eq!(fold(&text.nfd().collect::<String>()), folded, "{text:?}");
        }
    }
}
