use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;
use crate::checkpoint::CheckpointError;
use crate::event::Event;
use crate::flat::NAMES;
use crate::id::EventId;
use crate::leaf::Seed;
use crate::log_id::LogId;
use crate::note::NoteError;
use crate::proof::ProofPlan;
use crate::tile::{Edge, Tile};
use crate::time::UnixMicros;

const SEED: Seed = Seed([7; 32]);
const NAME: &str = "example.com/log";

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn key(seed: u8) -> VerifierKey {
    VerifierKey::new(NAME, pair(seed).public_key().as_ref().try_into().unwrap()).unwrap()
}

fn event(seq: u64) -> Event {
    let mut texts = [const { None }; NAMES.len()];
    let filled = [(0, "user"), (1, "usr_1"), (3, "ada@example.com"), (4, "a.b"), (5, "other"), (9, "failed"), (10, "")];
    filled.into_iter().for_each(|(name, text)| texts[name] = Some(text.to_owned()));
    let at = UnixMicros::new(1_795_000_000_000_000 + seq as i64);
    Event::from_texts(EventId::first_at(at), "acme".parse().unwrap(), at, texts).unwrap()
}

/// The log of the first events.
fn log(size: u64) -> (Edge, Vec<Tile>) {
    let mut edge = Edge::default();
    let mut tiles: Vec<_> =
        (0..size).flat_map(|seq| edge.push(LeafFields::of(&event(seq)).leaf(&SEED.salt(Seq(seq))).unwrap())).collect();
    tiles.extend(edge.partial_since(0));
    (edge, tiles)
}

fn proof(seq: u64, size: u64) -> EventProof {
    let (edge, tiles) = log(size);
    let plan = ProofPlan::inclusion(Seq(seq), size).unwrap();
    let hashes = plan.hashes(|path| tiles.iter().find(|tile| tile.path == *path)).unwrap();
    let text = Checkpoint::new(key(1).name(), LogId::new([3; 16]), &edge.frontier()).text();
    let checkpoint = key(1).note(&text, pair(1).sign(text.as_bytes()).as_ref()).unwrap();
    EventProof { salt: SEED.salt(Seq(seq)), seq: Seq(seq), hashes, checkpoint }
}

#[test]
fn the_text_of_a_proof_comes_back_and_verifies_its_event() {
    for (seq, size) in [(0, 1), (0, 2), (1, 2), (255, 256), (256, 257), (17, 300)] {
        let text = proof(seq, size).to_string();
        let read = EventProof::read(&text).unwrap();
        assert_eq!(read, proof(seq, size));
        let checkpoint = read.verify(&LeafFields::of(&event(seq)), &key(1)).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (size, log(size).0.frontier().root()));
    }
}

#[test]
fn the_text_has_the_lines_of_the_specification() {
    let text = proof(1, 3).to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines[0], lines[2], lines[5]), ("c2sp.org/tlog-proof@v1", "index 1", ""));
    assert_eq!(lines[1].strip_prefix("extra ").map(|extra| BASE64_STANDARD.decode(extra).unwrap().len()), Some(17));
    assert_eq!((lines[6], lines[7], lines[9]), (format!("{NAME}/{}", "03".repeat(16)).as_str(), "3", ""));
    assert!(lines[10].starts_with("— example.com/log ") && text.ends_with('\n') && lines.len() == 11);
}

#[test]
fn another_event_number_salt_checkpoint_or_key_is_not_proven() {
    let (valid, own) = (proof(4, 9), event(4));
    let fields = LeafFields::of(&own);
    let refused = Err(ProofError::NotIncluded);
    assert!(valid.verify(&fields, &key(1)).is_ok());
    for other in [EventProof { seq: Seq(5), ..valid.clone() }, EventProof { seq: Seq(9), ..valid.clone() }] {
        assert_eq!(other.verify(&fields, &key(1)), refused, "number {}", other.seq);
    }
    assert_eq!(EventProof { salt: SEED.salt(Seq(5)), ..valid.clone() }.verify(&fields, &key(1)), refused);
    for size in [5, 8, 10, 16] {
        let of_another_size = EventProof { checkpoint: proof(0, size).checkpoint, ..valid.clone() };
        assert_eq!(of_another_size.verify(&fields, &key(1)), refused, "the checkpoint of {size} events");
    }
    assert_eq!(valid.verify(&LeafFields::of(&event(5)), &key(1)), refused);
    let unsigned = Err(ProofError::Checkpoint(CheckpointError::Note(NoteError::Unsigned)));
    assert_eq!(valid.verify(&fields, &key(2)), unsigned);
    let larger = EventProof { checkpoint: valid.checkpoint.replace("\n9\n", "\n8\n"), ..valid.clone() };
    let invalid = Err(ProofError::Checkpoint(CheckpointError::Note(NoteError::Invalid)));
    assert_eq!(larger.verify(&fields, &key(1)), invalid);
}

#[test]
fn every_field_is_proven_and_null_is_not_empty() {
    let (valid, own) = (proof(4, 9), event(4));
    let verify = |fields: &LeafFields<'_>| valid.verify(fields, &key(1));
    let fields = LeafFields::of(&own);
    assert_eq!(verify(&LeafFields { org_id: "acme2", ..fields }), Err(ProofError::NotIncluded));
    assert_eq!(verify(&LeafFields { id: event(5).id, ..fields }), Err(ProofError::NotIncluded));
    assert_eq!(verify(&LeafFields { ingested_at: event(5).ingested_at, ..fields }), Err(ProofError::NotIncluded));
    for at in 0..NAMES.len() {
        for text in [None, Some(""), Some("another")] {
            let mut texts = fields.texts;
            texts[at] = text;
            let is_same = texts == fields.texts;
            assert_eq!(verify(&LeafFields { texts, ..fields }).is_ok(), is_same, "{} is {text:?}", NAMES[at]);
        }
    }
}

/// The hash of an inner node is over 65 bytes that begin with `01`, that of a leaf over bytes that begin with `00`.
#[test]
fn an_inner_node_is_no_leaf() {
    let (_, tiles) = log(4);
    let leaves = tiles[0].to_bytes();
    let as_entry = Sha256::of_parts([[0].as_slice(), &leaves[..64]]);
    let inner = Sha256::of_parts([[1].as_slice(), &leaves[..64]]);
    let plan = ProofPlan::inclusion(Seq(0), 4).unwrap();
    let hashes = plan.hashes(|path| tiles.iter().find(|tile| tile.path == *path)).unwrap();
    let root = log(4).0.frontier().root();
    assert_eq!(included_root(Seq(0), inner, 2, &hashes[1..]), Some(root), "as a leaf, it would be included");
    assert_ne!(included_root(Seq(0), as_entry, 2, &hashes[1..]), Some(root));
}

#[test]
fn a_text_that_is_no_proof_is_refused() {
    let text = proof(1, 3).to_string();
    assert!(EventProof::read(&text).is_ok());
    let extra = text.lines().nth(1).unwrap();
    let hash = text.lines().nth(3).unwrap();
    let newer = format!("extra {}", BASE64_STANDARD.encode([[1].as_slice(), &[0; 16]].concat()));
    for bad in [
        String::new(),
        text.replace("@v1", "@v2"),
        text.replace("index 1", "index 01"),
        text.replace("index 1", "index -1"),
        text.replace("index 1\n", ""),
        text.replace(&format!("{extra}\n"), ""),
        text.replace(extra, "extra AA=="),
        text.replace(extra, &newer),
        text.replace(hash, &hash[1..]),
        text.replace(hash, &[hash; 64].join("\n")),
        text.replace('\n', "\r\n"),
        format!("{} ", text.replacen("\n\n", "\n", 1)),
    ] {
        assert_eq!(EventProof::read(&bad), Err(ProofError::Malformed), "{bad}");
    }
}
