//! The Merkle tree of an org's events (RFC 6962), without its leaves: runs of leaves, and the first leaves up to now.
//!
//! A run of consecutive leaves is kept as the roots of the largest complete subtrees that make it up, at most two for
//! each level of the tree. Adjacent runs are joined in any order, and the result is the same. So what reads files whose
//! ranges of sequence numbers are out of order, such as a rebuild after merges, keeps one [`CompactRange`] for each
//! range and no leaves: inside a range, rows are in the order of their numbers in every file. The digest in a footer is
//! one over the same roots, so that a range that was verified extends the tree without a second look at its rows.

use crate::seq::Seq;
use crate::sha256::Sha256;

/// The domain of an inner node.
const NODE: u8 = 0x01;
/// Bytes of a root.
pub(crate) const ROOT_BYTES: usize = 32;
/// Sequence numbers are signed 64-bit numbers in segments.
pub(crate) const MOST_LEAVES: u64 = i64::MAX as u64;

/// A run that does not begin where the one before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the leaves from {found} on do not follow those before {expected}")]
pub struct NotAdjacent {
    /// Where the run would have to begin.
    pub expected: Seq,
    /// Where it begins.
    pub found: Seq,
}

/// A run of consecutive leaves of a tree.
///
/// # Examples
/// ```
/// use audit_core::{CompactRange, Seq, Sha256};
///
/// let range = |rows: std::ops::Range<u64>| {
///     let mut range = CompactRange::new(Seq(rows.start));
///     rows.for_each(|row| range.push(Sha256::of(&row.to_be_bytes())));
///     range
/// };
/// let mut joined = range(3..7);
/// joined.extend(&range(7..20))?;
/// assert_eq!(joined, range(3..20));
/// assert_eq!(joined.digest(), range(3..20).digest());
/// # Ok::<(), audit_core::tree::NotAdjacent>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactRange {
    first: Seq,
    rows: u64,
    /// The roots of its subtrees, from the first leaf to the last.
    roots: Vec<Sha256>,
}

impl CompactRange {
    /// Returns the empty run that begins at `first`.
    pub fn new(first: Seq) -> Self {
        Self { first, rows: 0, roots: Vec::new() }
    }

    /// Returns the number of its first leaf.
    pub fn first(&self) -> Seq {
        self.first
    }

    /// Returns how many leaves it has.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the number after its last leaf.
    pub fn end(&self) -> Seq {
        self.first.plus(self.rows)
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Sha256) {
        self.append(0, leaf);
    }

    /// Adds the leaves of the run that follows.
    ///
    /// # Errors
    /// `next` does not begin where this run ends.
    pub fn extend(&mut self, next: &Self) -> Result<(), NotAdjacent> {
        if next.first != self.end() {
            return Err(NotAdjacent { expected: self.end(), found: next.first });
        }
        let (mut at, end) = (next.first.0, next.end().0);
        for root in &next.roots {
            let level = at.trailing_zeros().min((end - at).ilog2());
            self.append(level, *root);
            at += 1 << level;
        }
        Ok(())
    }

    /// Adds a complete subtree of `1 << level` leaves, and joins it with its left siblings.
    fn append(&mut self, level: u32, root: Sha256) {
        let (end, mut height, mut root) = (self.end().0, level, root);
        loop {
            let index = end >> height;
            let has_sibling = index % 2 == 1 && (index - 1) << height >= self.first.0;
            let Some(left) = has_sibling.then(|| self.roots.pop()).flatten() else { break };
            root = node(left, root);
            height += 1;
        }
        self.roots.push(root);
        self.rows += 1 << level;
    }

    /// Returns the digest of the run: SHA-256 over the roots of the largest complete subtrees, from the first leaf to
    /// the last.
    pub fn digest(&self) -> Sha256 {
        Sha256::of_parts(self.roots.iter().map(|root| root.0))
    }
}

/// The tree of the first leaves of an org, as it is extended: all that is needed to add leaves, and its root.
///
/// # Examples
/// ```
/// use audit_core::{Frontier, Sha256};
///
/// let mut frontier = Frontier::default();
/// frontier.push(Sha256::of(b"\0"));
/// assert_eq!((frontier.size(), frontier.root()), (1, Sha256::of(b"\0")));
/// assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Some(frontier));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier(CompactRange);

/// The empty tree.
impl Default for Frontier {
    fn default() -> Self {
        Self(CompactRange::new(Seq(0)))
    }
}

impl Frontier {
    /// Returns how many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.0.rows
    }

    /// Returns the root of the tree; that of the empty tree is SHA-256 of nothing.
    pub fn root(&self) -> Sha256 {
        let mut roots = self.0.roots.iter().rev().copied();
        let last = roots.next().unwrap_or_else(|| Sha256::of(b""));
        roots.fold(last, |right, left| node(left, right))
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Sha256) {
        self.0.push(leaf);
    }

    /// Adds the next complete subtree of `1 << level` leaves; the tree ends where such a subtree begins.
    pub(crate) fn append(&mut self, level: u32, root: Sha256) {
        self.0.append(level, root);
    }

    /// Adds the leaves of the run that follows.
    ///
    /// # Errors
    /// `next` does not begin where the tree ends.
    pub fn extend(&mut self, next: &CompactRange) -> Result<(), NotAdjacent> {
        self.0.extend(next)
    }

    /// Returns the stored form: the size, big-endian, and the roots of the complete subtrees, the largest first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.rows.to_be_bytes().to_vec();
        self.0.roots.iter().for_each(|root| bytes.extend(root.0));
        bytes
    }

    /// Reads the stored form; `None` unless it has exactly the roots of a tree of its size.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, roots) = bytes.split_first_chunk()?;
        let (roots, []) = roots.as_chunks::<ROOT_BYTES>() else { return None };
        let rows = u64::from_be_bytes(*size);
        let fits = rows <= MOST_LEAVES && roots.len() == rows.count_ones() as usize;
        fits.then(|| Self(CompactRange { first: Seq(0), rows, roots: roots.iter().copied().map(Sha256).collect() }))
    }
}

/// Returns the hash of an inner node.
pub(crate) fn node(left: Sha256, right: Sha256) -> Sha256 {
    let mut bytes = [NODE; 1 + 2 * ROOT_BYTES];
    bytes[1..=ROOT_BYTES].copy_from_slice(&left.0);
    bytes[1 + ROOT_BYTES..].copy_from_slice(&right.0);
    Sha256::of(&bytes)
}

#[cfg(test)]
mod tests;
