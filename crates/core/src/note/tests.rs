use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;

/// The example of the specification, and its key.
const POEM: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n";

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn key(name: &str, seed: u8) -> VerifierKey {
    VerifierKey::new(name, pair(seed).public_key().as_ref().try_into().unwrap()).unwrap()
}

fn signed(name: &str, seed: u8, text: &str) -> String {
    key(name, seed).note(text, pair(seed).sign(text.as_bytes()).as_ref()).unwrap()
}

/// The last line of a note.
fn line(note: &str) -> &str {
    note.trim_end_matches('\n').rsplit_once('\n').unwrap().1
}

#[test]
fn a_note_is_opened_by_the_key_that_signed_it_and_by_no_other() {
    let note = signed("example.com/log", 1, POEM);
    assert_eq!(key("example.com/log", 1).open(&note), Ok(POEM));
    assert_eq!(key("example.com/log", 2).open(&note), Err(NoteError::Unsigned), "another key");
    assert_eq!(key("example.com/logs", 1).open(&note), Err(NoteError::Unsigned), "another name");
    let changed = note.replace("sera", "pera");
    assert_eq!(key("example.com/log", 1).open(&changed), Err(NoteError::Invalid));
    assert_eq!(unverified_text(&changed), Ok(POEM.replace("sera", "pera").as_str()));
}

#[test]
fn a_signature_that_is_invalid_makes_no_note() {
    let other = pair(2).sign(POEM.as_bytes());
    assert_eq!(key("a", 1).note(POEM, other.as_ref()), Err(NoteError::Invalid));
    let text = "without a line break at its end";
    assert!(key("a", 1).note(text, pair(1).sign(text.as_bytes()).as_ref()).is_err());
}

#[test]
fn unknown_signatures_are_ignored_and_up_to_16_are_accepted() {
    let (text, own) = ("a\n", signed("a", 1, "a\n"));
    let others: Vec<_> = (2..17).map(|seed| signed("a", seed, text)).collect();
    let others: Vec<_> = others.iter().map(|note| line(note)).collect();
    let sixteen = format!("{text}\n{}\n{}\n", others.join("\n"), line(&own));
    assert_eq!(key("a", 1).open(&sixteen), Ok(text));
    assert_eq!(key("a", 2).open(&sixteen), Ok(text));
    assert_eq!(key("a", 20).open(&sixteen), Err(NoteError::Unsigned));
    let seventeen = format!("{sixteen}{}\n", line(&signed("a", 18, text)));
    assert_eq!(key("a", 1).open(&seventeen), Err(NoteError::Malformed));
}

/// A key with the same id is easily found, and another key cannot sign for this one.
#[test]
fn a_signature_by_a_key_with_the_same_id_is_refused_even_beside_a_valid_one() {
    let (text, own) = ("a\n", key("a", 1));
    let foreign = pair(2).sign(text.as_bytes());
    let colliding = BASE64_STANDARD.encode([own.id().as_slice(), foreign.as_ref()].concat());
    assert_eq!(own.open(&format!("{text}\n— a {colliding}\n")), Err(NoteError::Invalid));
    let (valid, colliding) = (signed("a", 1, text), format!("— a {colliding}"));
    for lines in [[line(&valid), &colliding], [&colliding, line(&valid)]] {
        assert_eq!(own.open(&format!("{text}\n{}\n", lines.join("\n"))), Err(NoteError::Invalid));
    }
}

#[test]
fn a_text_that_is_no_note_is_refused() {
    let note = signed("a", 1, "a\n\nb\n");
    assert_eq!(key("a", 1).open(&note), Ok("a\n\nb\n"), "a text can have an empty line");
    let (start, last) = note.split_at(note.rfind(DASH).unwrap());
    for bad in [
        "",
        "\n",
        "a\n",
        start,
        note.trim_end(),
        &note.replace('\n', "\r\n"),
        &note.replace(" a ", "  "),
        &note.replace(" a ", " a+b "),
        &format!("{start}-{last}"),
        &format!("{start}— a AAAA\n"),
        &format!("{start}— a !!!!\n"),
        &format!("{note}\n"),
        &format!("{note}trailing\n"),
        &format!("\u{0}{note}"),
    ] {
        assert!(key("a", 1).open(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_key_that_lost_or_changed_a_character_is_refused() {
    let text = key("example.com/log", 1).to_string();
    assert_eq!(text.parse(), Ok(key("example.com/log", 1)));
    for at in 0..text.len() {
        let (before, after) = (&text[..at], &text[at + 1..]);
        assert!(format!("{before}{after}").parse::<VerifierKey>().is_err(), "without byte {at}");
        let other = if text.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        assert!(format!("{before}{other}{after}").parse::<VerifierKey>().is_err(), "byte {at} changed");
    }
    for name in ["", "a b", "a+b", "a\u{2003}b", "a\n"] {
        assert!(VerifierKey::new(name, [0; 32]).is_err(), "{name:?}");
    }
}

/// Of Go's checksum database, and by its key.
#[test]
fn a_note_that_another_implementation_signed_is_opened() {
    let key: VerifierKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
    let text = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n";
    let note = format!(
        "{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    assert_eq!(key.open(&note), Ok(text));
}
