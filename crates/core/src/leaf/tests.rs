use std::collections::HashSet;

use super::*;
use crate::flat::Malformed;
use crate::org::OrgId;

const SEEDS: Seed = Seed({
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = at as u8;
        at += 1;
    }
    bytes
});

/// Every text is present.
const FULL: [Option<&str>; NAMES.len()] = [
    Some("user"),
    Some("usr_1"),
    Some("Ada Lovelace"),
    Some("ada@example.com"),
    Some("member.invited"),
    Some("team"),
    Some("member"),
    Some("usr_2"),
    Some("Zoë"),
    Some("failed"),
    Some("no seat"),
    Some("203.0.113.7"),
    Some("curl/8"),
    Some("r-1"),
    Some(r#"{"n":1.0}"#),
];

/// Only the required texts are present.
const LEAST: [Option<&str>; NAMES.len()] = {
    let mut texts = [None; NAMES.len()];
    (texts[0], texts[1], texts[4], texts[5]) = (FULL[0], FULL[1], FULL[4], FULL[5]);
    texts[9] = Some("succeeded");
    texts
};

/// An empty actor id, target type and failure reason.
const EMPTY: [Option<&str>; NAMES.len()] = {
    let mut texts = LEAST;
    (texts[1], texts[6], texts[10]) = (Some(""), Some(""), Some(""));
    texts
};

fn fields(texts: [Option<&str>; NAMES.len()]) -> LeafFields<'_> {
    let id = "0193535e-9e4b-774b-8000-000000000005".parse().unwrap();
    LeafFields { id, ingested_at: UnixMicros::new(1_732_270_531_000_000), org_id: "acme", texts }
}

fn leaf(fields: &LeafFields<'_>) -> Sha256 {
    fields.leaf(&SEEDS.salt(Seq(0))).unwrap()
}

/// Computed outside this code, with another implementation of the recipe.
#[test]
fn leaves_never_change() {
    for (texts, seq, hex) in [
        (FULL, 0, "d11ad86fc9891fa7955529b27a839271db58a61a458cb6f03e81b87dc1fbc9a6"),
        (FULL, 1, "e769ea904ff0f452231e3ef2a822a52064bb5be3dbd56ebe1e93eece3fd48ca9"),
        (FULL, 1 << 40, "3fdd7882bbc0eb6ec97f69e04659af9b6ea6793aa1eff517fe22aab094798e97"),
        (LEAST, 0, "8048040d3501297c54917c2443c3c3be0f0ae475fbe2f2d718bf8ce657a6b41b"),
        (LEAST, 1, "322d31bbac92c87833636bd970a071c3fed1b49592c5d2cc825dcd2e38ec356d"),
        (EMPTY, 0, "6e03e2b681b2217a0c5c00f481f79c466acc5e22eb51b814751cba5b0bfd2c43"),
    ] {
        assert_eq!(fields(texts).leaf(&SEEDS.salt(Seq(seq))).unwrap().to_string(), hex, "{texts:?} {seq}");
    }
    let before_1970 = LeafFields { ingested_at: UnixMicros::new(-1), ..fields(FULL) };
    assert_eq!(leaf(&before_1970).to_string(), "910ea93cc6235587fa57c72254c8f8a72f9b6500117fa15d42226af61d581201");
    let of_its_own = fields(FULL).leaf(&Salt::from_stored(&[7; 16]).unwrap()).unwrap();
    assert_eq!(of_its_own.to_string(), "4688d6d1f80ed78f4f5076d67f14341861943fe55f89e968622e7732e8f1d6a3");
}

#[test]
fn an_event_has_the_leaf_of_its_fields() {
    for texts in [FULL, LEAST, EMPTY] {
        let LeafFields { id, ingested_at, .. } = fields(texts);
        let owned = texts.map(|text| text.map(str::to_owned));
        let event = Event::from_texts(id, "acme".parse::<OrgId>().unwrap(), ingested_at, owned).unwrap();
        assert_eq!(leaf(&LeafFields::of(&event)), leaf(&fields(texts)));
    }
}

#[test]
fn every_field_counts_and_absent_is_not_empty() {
    let mut leaves = HashSet::new();
    let mut add = |fields: LeafFields<'_>| assert!(leaves.insert(leaf(&fields)), "{fields:?}");
    add(fields(FULL));
    add(LeafFields { id: EventId::first_at(UnixMicros::new(0)), ..fields(FULL) });
    add(LeafFields { ingested_at: UnixMicros::new(1_732_270_531_000_001), ..fields(FULL) });
    add(LeafFields { org_id: "acme2", ..fields(FULL) });
    for at in 0..NAMES.len() {
        for text in [None, Some(""), Some("another")] {
            let mut texts = FULL;
            texts[at] = text;
            add(fields(texts));
        }
    }
}

#[test]
fn texts_that_are_exchanged_or_moved_between_fields_give_another_leaf() {
    for (a, one) in NAMES.iter().enumerate() {
        for (b, other) in NAMES[..a].iter().enumerate() {
            let mut texts = FULL;
            texts.swap(a, b);
            assert_ne!(leaf(&fields(texts)), leaf(&fields(FULL)), "{one} and {other}");
        }
    }
    let with = |action, category| {
        let mut texts = FULL;
        (texts[4], texts[5]) = (Some(action), Some(category));
        leaf(&fields(texts))
    };
    assert_ne!(with("a.bc", "d"), with("a.b", "cd"));
}

/// So equal texts in two rows, or in two fields of one row, cannot be recognized.
#[test]
fn a_digest_depends_on_its_row_and_its_field() {
    let digests = [SEEDS.salt(Seq(0)), SEEDS.salt(Seq(1)), Seed([0; 32]).salt(Seq(0))]
        .iter()
        .flat_map(|salt| [salt.digest(1, Some("x")), salt.digest(2, Some("x"))])
        .collect::<HashSet<_>>();
    assert_eq!(digests.len(), 6);
}

#[test]
fn a_text_that_is_not_sealed_has_up_to_65_534_bytes() {
    for (at, name) in NAMES.into_iter().enumerate() {
        for (length, fits) in [(OPEN_TEXT_BYTES, true), (OPEN_TEXT_BYTES + 1, false), (1 << 17, false)] {
            let text = "x".repeat(length);
            let mut texts = FULL;
            texts[at] = Some(&text);
            let is_refused = !fits && OPEN_TEXTS.contains(&name);
            let found = fields(texts).leaf(&SEEDS.salt(Seq(0)));
            assert_eq!(found.err(), is_refused.then_some(TooLong(name)), "{length}");
            let LeafFields { id, ingested_at, .. } = fields(FULL);
            let mut owned = texts.map(|text| text.map(str::to_owned));
            owned[at].take_if(|_| name == "details");
            let stored = Event::from_texts(id, "acme".parse::<OrgId>().unwrap(), ingested_at, owned);
            assert_eq!(stored.err(), is_refused.then_some(Malformed(name)), "a stored event of {length} bytes");
        }
    }
}

#[test]
fn a_stored_salt_has_16_bytes_and_no_secret_is_in_a_log() {
    assert!(Salt::from_stored(&[0; 15]).is_none() && Salt::from_stored(&[0; 17]).is_none());
    assert_eq!(format!("{:?} {:?}", SEEDS, SEEDS.salt(Seq(0))), "Seed Salt");
}
