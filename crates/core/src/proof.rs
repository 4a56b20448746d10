//! Merkle proofs (RFC 6962): that a tree contains a leaf, and that it begins with an earlier tree.
//!
//! The hashes of a proof are roots of runs of leaves. A [`ProofPlan`] lists the runs, and computes the roots from
//! [`tiles`](crate::tile). Verification needs neither tiles nor a plan.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::tile::{HEIGHT, Tile, TilePath};
use crate::tree::node;

/// The hashes that a proof consists of, before they are read.
///
/// # Examples
/// ```
/// use audit_core::{Edge, ProofPlan, Seq, Sha256, proof};
///
/// let leaves: Vec<_> = (0..5_u8).map(|leaf| Sha256::of(&[leaf])).collect();
/// let mut edge = Edge::default();
/// leaves.iter().for_each(|leaf| drop(edge.push(*leaf)));
/// let tiles: Vec<_> = edge.partial_since(0).collect();
///
/// let plan = ProofPlan::inclusion(Seq(3), 5).ok_or("beyond the tree")?;
/// let hashes = plan.hashes(|path| tiles.iter().find(|tile| tile.path == *path)).ok_or("a tile is missing")?;
/// assert_eq!(proof::included_root(Seq(3), leaves[3], 5, &hashes), Some(edge.frontier().root()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ProofPlan {
    size: u64,
    runs: Vec<Range<u64>>,
}

impl ProofPlan {
    /// Plans the proof that the tree of `size` leaves contains the leaf with a number; `None` if it does not.
    pub fn inclusion(seq: Seq, size: u64) -> Option<Self> {
        let mut runs = Vec::new();
        let (mut rest, leaf) = (0..size, seq.0);
        while rest.contains(&leaf) && rest.end - rest.start > 1 {
            let (left, right) = halves(&rest);
            let (next, sibling) = if left.contains(&leaf) { (left, right) } else { (right, left) };
            runs.push(sibling);
            rest = next;
        }
        runs.reverse();
        (rest.start == leaf && rest.end - rest.start == 1).then_some(Self { size, runs })
    }

    /// Plans the proof that the tree of `size` leaves begins with that of `old` leaves; `None` if it is smaller.
    pub fn consistency(old: u64, size: u64) -> Option<Self> {
        let mut runs = Vec::new();
        let mut rest = 0..size;
        while old > 0 && rest.end > old {
            let (left, right) = halves(&rest);
            let (next, sibling) = if old <= left.end { (left, right) } else { (right, left) };
            runs.push(sibling);
            rest = next;
        }
        // Who verifies knows the root of the old tree, but not that of a part of it.
        if rest.start > 0 {
            runs.push(rest);
        }
        runs.reverse();
        (old <= size).then_some(Self { size, runs })
    }

    /// Returns the tiles that contain the hashes.
    pub fn tiles(&self) -> BTreeSet<TilePath> {
        let subtrees = self.runs.iter().flat_map(|run| subtrees(run.clone()));
        subtrees.filter_map(|subtree| subtree.tile(self.size)).collect()
    }

    /// Returns the hashes of the proof; `None` if a tile is missing.
    pub fn hashes<'a>(&self, tile: impl Fn(&TilePath) -> Option<&'a Tile>) -> Option<Vec<Sha256>> {
        let root = |run: &Range<u64>| {
            let roots = subtrees(run.clone()).map(|one| tile(&one.tile(self.size)?)?.root_of(one.position, one.height));
            let roots = roots.collect::<Option<Vec<_>>>()?;
            roots.into_iter().rev().reduce(|right, left| node(left, right))
        };
        self.runs.iter().map(root).collect()
    }
}

/// Divides a tree of several leaves: the left part is the largest complete subtree that leaves something to the right.
fn halves(run: &Range<u64>) -> (Range<u64>, Range<u64>) {
    let middle = run.start + (1 << (run.end - run.start - 1).ilog2());
    (run.start..middle, middle..run.end)
}

/// A complete subtree, by its place in the tiles.
struct Subtree {
    level: u32,
    /// The position of its first hash in the level.
    position: u64,
    /// The levels of the tree between its root and the level of its tile.
    height: u32,
}

impl Subtree {
    fn tile(&self, size: u64) -> Option<TilePath> {
        TilePath::at(self.level, self.position >> HEIGHT, size)
    }
}

/// Returns the complete subtrees that a run of a proof consists of, from the left, which is the largest.
fn subtrees(run: Range<u64>) -> impl Iterator<Item = Subtree> {
    let mut first = run.start;
    std::iter::from_fn(move || {
        let levels = (run.end - first).checked_ilog2()?.min(first.trailing_zeros());
        let (level, height) = (levels / HEIGHT, levels % HEIGHT);
        let subtree = Subtree { level, position: first >> (HEIGHT * level), height };
        first += 1 << levels;
        Some(subtree)
    })
}

/// Returns the root of the tree of `size` leaves that contains `leaf` under its number, as a proof states; `None` if no
/// such proof has that many hashes.
///
/// # Guarantees
/// It is the root of that tree only if the proof is that of this number and this size.
pub fn included_root(seq: Seq, leaf: Sha256, size: u64, hashes: &[Sha256]) -> Option<Sha256> {
    let (mut at, mut last) = (seq.0, size.checked_sub(1)?);
    if at > last {
        return None;
    }
    let mut root = leaf;
    for hash in hashes {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            root = node(*hash, root);
            // Without a right sibling, the subtree is also the one above.
            let above = at.trailing_zeros();
            (at, last) = (at >> above, last >> above);
        } else {
            root = node(root, *hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

/// Reports whether the tree of `size` leaves begins with that of `old` leaves, as a proof states.
pub fn is_consistent((old, old_root): (u64, Sha256), (size, root): (u64, Sha256), hashes: &[Sha256]) -> bool {
    // Every tree begins with that of no leaf, and with itself.
    if old == 0 || old == size {
        return hashes.is_empty() && old_root == if old == 0 { Sha256::of(b"") } else { root };
    }
    let mut hashes = hashes.iter().copied();
    let first = if old.is_power_of_two() { Some(old_root) } else { hashes.next() };
    let Some(first) = first.filter(|_| old < size) else { return false };
    let above = (old - 1).trailing_ones();
    let (mut at, mut last) = ((old - 1) >> above, (size - 1) >> above);
    let (mut found_old, mut found) = (first, first);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            (found_old, found) = (node(hash, found_old), node(hash, found));
            let above = at.trailing_zeros();
            (at, last) = (at >> above, last >> above);
        } else {
            found = node(found, hash);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && found_old == old_root && found == root
}

#[cfg(test)]
mod tests;
