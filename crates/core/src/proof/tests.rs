use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::tile::Edge;

fn leaf(seq: u64) -> Sha256 {
    Sha256::of_parts([[0].as_slice(), &seq.to_be_bytes()])
}

/// The definitions of RFC 6962, over all leaves.
mod naive {
    use super::*;

    pub(super) fn root(leaves: &[Sha256]) -> Sha256 {
        match leaves {
            [] => Sha256::of(b""),
            [one] => *one,
            _ => {
                let (left, right) = halves(leaves);
                Sha256::of_parts([[1].as_slice(), &root(left).0, &root(right).0])
            }
        }
    }

    fn halves(leaves: &[Sha256]) -> (&[Sha256], &[Sha256]) {
        leaves.split_at(leaves.len().next_power_of_two() / 2)
    }

    pub(super) fn inclusion(at: usize, leaves: &[Sha256]) -> Vec<Sha256> {
        if leaves.len() == 1 {
            return vec![];
        }
        let (left, right) = halves(leaves);
        let (mut path, sibling) = match at.checked_sub(left.len()) {
            None => (inclusion(at, left), root(right)),
            Some(at) => (inclusion(at, right), root(left)),
        };
        path.push(sibling);
        path
    }

    pub(super) fn consistency(old: usize, leaves: &[Sha256], is_known: bool) -> Vec<Sha256> {
        if old == leaves.len() {
            return if is_known { vec![] } else { vec![root(leaves)] };
        }
        let (left, right) = halves(leaves);
        let (mut path, sibling) = match old.checked_sub(left.len()).filter(|rest| *rest > 0) {
            None => (consistency(old, left, is_known), root(right)),
            Some(rest) => (consistency(rest, right, false), root(left)),
        };
        path.push(sibling);
        path
    }
}

/// A tree that grew in steps, with the tiles of each.
struct Grown {
    leaves: Vec<Sha256>,
    tiles: HashMap<TilePath, Tile>,
}

impl Grown {
    fn through(sizes: &[u64]) -> Self {
        let (mut leaves, mut tiles, mut edge) = (Vec::new(), HashMap::new(), Edge::default());
        for size in sizes.iter().copied() {
            let from = leaves.len() as u64;
            for seq in from..size {
                leaves.push(leaf(seq));
                tiles.extend(edge.push(leaf(seq)).into_iter().map(|tile| (tile.path, tile)));
            }
            tiles.extend(edge.partial_since(from).map(|tile| (tile.path, tile)));
        }
        Self { leaves, tiles }
    }

    fn root(&self, size: u64) -> Sha256 {
        naive::root(&self.leaves[..size as usize])
    }

    /// The hashes of a plan, read from the tiles that the plan lists and from no other.
    fn hashes(&self, plan: &ProofPlan) -> Vec<Sha256> {
        let tiles = plan.tiles();
        plan.hashes(|path| self.tiles.get(path).filter(|_| tiles.contains(path))).expect("the tiles of a proof exist")
    }

    fn inclusion(&self, seq: u64, size: u64) -> Vec<Sha256> {
        self.hashes(&ProofPlan::inclusion(Seq(seq), size).unwrap())
    }
}

const SIZES: [u64; 12] = [1, 2, 3, 7, 8, 255, 256, 257, 511, 65_535, 65_536, 65_793];

#[test]
fn proofs_from_tiles_are_those_of_rfc_6962_and_verify() {
    let grown = Grown::through(&SIZES);
    for size in SIZES {
        let leaves = &grown.leaves[..size as usize];
        for seq in [0, 1, 2, 6, 127, 254, 255, 256, 300, 65_279, 65_535, size / 2, size - 1] {
            let Some(plan) = ProofPlan::inclusion(Seq(seq), size) else {
                assert!(seq >= size);
                continue;
            };
            let found = grown.hashes(&plan);
            assert_eq!(found, naive::inclusion(seq as usize, leaves), "{seq} in {size}");
            assert_eq!(included_root(Seq(seq), leaf(seq), size, &found), Some(naive::root(leaves)), "{seq} in {size}");
        }
        for old in SIZES.into_iter().filter(|old| *old <= size) {
            let found = grown.hashes(&ProofPlan::consistency(old, size).unwrap());
            assert_eq!(found, naive::consistency(old as usize, leaves, true), "{old} in {size}");
            assert!(is_consistent((old, grown.root(old)), (size, grown.root(size)), &found), "{old} in {size}");
        }
        assert!(ProofPlan::inclusion(Seq(size), size).is_none() && ProofPlan::consistency(size + 1, size).is_none());
    }
}

#[test]
fn the_empty_tree_contains_nothing_and_begins_every_tree() {
    let (empty, grown) = (Sha256::of(b""), Grown::through(&[5]));
    assert!(ProofPlan::inclusion(Seq(0), 0).is_none());
    assert_eq!(included_root(Seq(0), leaf(0), 0, &[]), None);
    assert_eq!(grown.hashes(&ProofPlan::consistency(0, 5).unwrap()), []);
    assert!(is_consistent((0, empty), (5, grown.root(5)), &[]));
    assert!(!is_consistent((0, leaf(0)), (5, grown.root(5)), &[]) && !is_consistent((0, empty), (5, empty), &[empty]));
}

#[test]
fn a_proof_of_another_number_another_size_or_another_leaf_is_refused() {
    let grown = Grown::through(&(1..=70).collect::<Vec<_>>());
    for size in 1..=70 {
        for seq in 0..size {
            let hashes = grown.inclusion(seq, size);
            for (other, of) in [(seq + 1, size), (seq.wrapping_sub(1), size), (seq, size + 1), (seq, size - 1)] {
                let found = included_root(Seq(other), leaf(seq), of, &hashes);
                let root = (of <= 70).then(|| grown.root(of));
                assert!(found.is_none() || found != root, "{seq} in {size} as {other} in {of}");
                let fits = ProofPlan::inclusion(Seq(other), of).is_some_and(|plan| plan.runs.len() == hashes.len());
                assert_eq!(
                    found.is_some(),
                    fits,
                    "{seq} in {size} as {other} in {of}: only the number of hashes tells"
                );
            }
            assert_ne!(included_root(Seq(seq), leaf(seq + 1), size, &hashes), Some(grown.root(size)));
            for at in 0..hashes.len() {
                let mut changed = hashes.clone();
                changed[at].0[at % 32] ^= 1;
                assert_ne!(included_root(Seq(seq), leaf(seq), size, &changed), Some(grown.root(size)));
                changed.remove(at);
                assert_eq!(included_root(Seq(seq), leaf(seq), size, &changed), None, "a hash is missing");
            }
            let longer = [hashes.as_slice(), &[leaf(0)]].concat();
            assert_eq!(included_root(Seq(seq), leaf(seq), size, &longer), None, "a hash too many");
        }
    }
}

#[test]
fn a_tree_that_was_changed_or_is_smaller_does_not_begin_with_the_old_one() {
    let grown = Grown::through(&(1..=40).collect::<Vec<_>>());
    for size in 1..=40 {
        for old in 1..=size {
            let tree = |size| (size, grown.root(size));
            let hashes = grown.hashes(&ProofPlan::consistency(old, size).unwrap());
            assert!(is_consistent(tree(old), tree(size), &hashes), "{old} in {size}");
            assert!(!is_consistent((old, leaf(99)), tree(size), &hashes), "another old root");
            assert!(!is_consistent(tree(old), (size, leaf(99)), &hashes), "another root");
            assert!(old == size || !is_consistent(tree(size), tree(old), &hashes), "exchanged");
            assert!(old == 1 || !is_consistent((old - 1, grown.root(old)), tree(size), &hashes), "a smaller old one");
            let longer = [hashes.as_slice(), &[leaf(0)]].concat();
            assert!(!is_consistent(tree(old), tree(size), &longer), "a hash too many");
            for at in 0..hashes.len() {
                let mut changed = hashes.clone();
                changed[at].0[at % 32] ^= 1;
                assert!(!is_consistent(tree(old), tree(size), &changed), "{old} in {size}");
                changed.remove(at);
                assert!(!is_consistent(tree(old), tree(size), &changed), "{old} in {size}");
            }
        }
    }
}

#[test]
fn a_missing_tile_makes_no_proof() {
    let grown = Grown::through(&[300]);
    for seq in [0, 255, 256, 299] {
        let plan = ProofPlan::inclusion(Seq(seq), 300).unwrap();
        for missing in plan.tiles() {
            assert_eq!(plan.hashes(|path| grown.tiles.get(path).filter(|_| *path != missing)), None, "{missing}");
        }
    }
}

proptest! {
    #[test]
    fn every_proof_of_a_tree_that_grew_at_random_verifies(mut sizes in prop::collection::vec(1_u64..3_000, 1..6), at in any::<prop::sample::Index>()) {
        sizes.sort_unstable();
        let grown = Grown::through(&sizes);
        for size in sizes.iter().copied() {
            let seq = at.index(size as usize) as u64;
            let hashes = grown.inclusion(seq, size);
            prop_assert_eq!(included_root(Seq(seq), leaf(seq), size, &hashes), Some(grown.root(size)));
            for old in sizes.iter().copied().filter(|old| *old <= size) {
                let hashes = grown.hashes(&ProofPlan::consistency(old, size).unwrap());
                prop_assert!(is_consistent((old, grown.root(old)), (size, grown.root(size)), &hashes));
            }
        }
    }

    #[test]
    fn no_hashes_make_verification_panic(seq in any::<u64>(), old in any::<u64>(), size in any::<u64>(), count in 0_usize..70) {
        let hashes = vec![leaf(1); count];
        included_root(Seq(seq), leaf(0), size, &hashes);
        is_consistent((old, leaf(0)), (size, leaf(2)), &hashes);
    }
}
