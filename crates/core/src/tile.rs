//! Tiles ([c2sp.org/tlog-tiles](https://c2sp.org/tlog-tiles)): the tree of an org as files of up to 256 hashes.
//!
//! A tile of level 0 contains leaves, and one of level `L + 1` the roots of complete tiles of level `L`. So a hash at
//! position `p` of level `L` is the root of the `256^L` leaves from `p · 256^L` on. The last tile of a level is partial
//! unless its 256 hashes exist. A partial tile has a path of its own, and so no tile ever changes.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
use crate::sha256::Sha256;
use crate::tree::{Frontier, MOST_LEAVES, ROOT_BYTES, node};

/// Hashes of a complete tile.
const WIDTH: u64 = 256;
/// Levels of the tree between two levels of tiles.
pub(crate) const HEIGHT: u32 = WIDTH.ilog2();
/// The levels of tiles that a tree can have.
const LEVELS: u32 = 64 / HEIGHT;

/// The path of a tile inside its log.
///
/// # Examples
/// ```
/// use audit_core::TilePath;
///
/// let path = TilePath::at(0, 1_234_067, 1_234_067 * 256 + 9).ok_or("beyond the tree")?;
/// assert_eq!(path.to_string(), "tile/0/x001/x234/067.p/9");
/// assert_eq!(path.to_string().parse(), Ok(path));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePath {
    level: u32,
    index: u64,
    /// Its hashes.
    width: u64,
}

impl TilePath {
    /// Returns the tile with the number `index` of a level, in a tree of `size` leaves; `None` if the tree has no such
    /// tile.
    pub fn at(level: u32, index: u64, size: u64) -> Option<Self> {
        let width = (hashes_at(level, size)).checked_sub(index.checked_mul(WIDTH)?)?.min(WIDTH);
        (width > 0).then_some(Self { level, index, width })
    }

    /// Returns the partial tiles of a tree, by level.
    pub fn partial(size: u64) -> impl Iterator<Item = Self> {
        let last = move |level| Self::at(level, hashes_at(level, size) / WIDTH, size);
        (0..LEVELS).filter_map(last)
    }

    /// Whether the tile contains leaves.
    pub fn is_lowest(&self) -> bool {
        self.level == 0
    }

    /// Returns how many bytes the tile has.
    pub fn bytes(&self) -> usize {
        self.width as usize * ROOT_BYTES
    }
}

/// Returns how many hashes a tree of `size` leaves has in the tiles of a level.
fn hashes_at(level: u32, size: u64) -> u64 {
    size.checked_shr(HEIGHT.saturating_mul(level)).unwrap_or(0)
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        let groups = self.index.checked_ilog10().unwrap_or(0) / 3;
        for group in (1..=groups).rev() {
            write!(f, "x{:03}/", self.index / 1_000_u64.pow(group) % 1_000)?;
        }
        write!(f, "{:03}", self.index % 1_000)?;
        if self.width < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for TilePath {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let read = || {
            let (level, index) = text.strip_prefix("tile/")?.split_once('/')?;
            let (index, width) = match index.split_once(".p/") {
                Some((index, width)) => (index, width.parse().ok()?),
                None => (index, WIDTH),
            };
            let digits: String = index.chars().filter(char::is_ascii_digit).collect();
            let path = Self { level: level.parse().ok()?, index: digits.parse().ok()?, width };
            let hashes = path.index.checked_mul(WIDTH)?.checked_add(width)?;
            let exists = path.level < LEVELS && hashes <= hashes_at(path.level, MOST_LEAVES);
            // Only the one text that the tile has.
            ((1..=WIDTH).contains(&width) && exists && path.to_string() == text).then_some(path)
        };
        read().ok_or(ParseError("tile/<level>/<index>[.p/<width>]"))
    }
}

/// A tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its path.
    pub path: TilePath,
    hashes: Vec<Sha256>,
}

impl Tile {
    /// Reads a tile; `None` if the path is that of a tile with another number of hashes.
    pub fn from_bytes(path: TilePath, bytes: &[u8]) -> Option<Self> {
        let (hashes, []) = bytes.as_chunks::<ROOT_BYTES>() else { return None };
        (bytes.len() == path.bytes()).then(|| Self { path, hashes: hashes.iter().copied().map(Sha256).collect() })
    }

    /// Returns its bytes: the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }

    /// Returns the root of the `1 << height` hashes from a position of its level on; `None` if they are not in the tile.
    pub(crate) fn root_of(&self, position: u64, height: u32) -> Option<Sha256> {
        let first = usize::try_from(position.checked_sub(self.path.index * WIDTH)?).ok()?;
        Some(root(self.hashes.get(first..first + (1 << height))?))
    }
}

/// Returns the root of hashes whose number is a power of two.
fn root(hashes: &[Sha256]) -> Sha256 {
    match hashes {
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            node(root(left), root(right))
        }
    }
}

/// The partial tiles of a tree, as the tree is extended: all that is needed to write its further tiles.
///
/// # Examples
/// ```
/// use audit_core::{Edge, Sha256};
///
/// let mut edge = Edge::default();
/// let complete: Vec<_> = (0..300_u64).filter_map(|leaf| edge.push(Sha256::of(&leaf.to_be_bytes())).pop()).collect();
/// assert!(complete.iter().map(|tile| tile.path.to_string()).eq(["tile/0/000"]));
/// let partial: Vec<_> = edge.partial_since(0).map(|tile| tile.path.to_string()).collect();
/// assert_eq!(partial, ["tile/0/001.p/44", "tile/1/000.p/1"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The hashes of the partial tile of each level, from level 0 on.
    levels: Vec<Vec<Sha256>>,
}

impl Edge {
    /// Returns the edge of a tree of `size` leaves; `None` unless these are its partial tiles, see
    /// [`TilePath::partial`].
    pub fn resume(size: u64, partial: impl IntoIterator<Item = Tile>) -> Option<Self> {
        let mut edge = Self { size, levels: Vec::new() };
        let mut tiles = partial.into_iter();
        for path in TilePath::partial(size) {
            let tile = tiles.next().filter(|tile| tile.path == path)?;
            edge.level(path.level as usize).extend(tile.hashes);
        }
        tiles.next().is_none().then_some(edge)
    }

    fn level(&mut self, level: usize) -> &mut Vec<Sha256> {
        if self.levels.len() <= level {
            self.levels.resize(level + 1, Vec::new());
        }
        &mut self.levels[level]
    }

    /// Returns the tree, to compare it with the one that a claim states.
    pub fn frontier(&self) -> Frontier {
        let mut tree = Frontier::default();
        for level in (0..LEVELS).rev() {
            let hashes = self.levels.get(level as usize).into_iter().flatten();
            hashes.for_each(|hash| tree.append(HEIGHT * level, *hash));
        }
        tree
    }

    /// Adds the next leaf, and returns the tiles that it completes.
    pub fn push(&mut self, leaf: Sha256) -> Vec<Tile> {
        self.size += 1;
        let (mut complete, mut hash) = (Vec::new(), leaf);
        for level in 0.. {
            let hashes = self.level(level as usize);
            hashes.push(hash);
            if (hashes.len() as u64) < WIDTH {
                break;
            }
            let hashes = std::mem::take(hashes);
            hash = root(&hashes);
            let index = hashes_at(level, self.size) / WIDTH - 1;
            complete.push(Tile { path: TilePath { level, index, width: WIDTH }, hashes });
        }
        complete
    }

    /// Returns the partial tiles that the tree of its first `size` leaves did not have.
    pub fn partial_since(&self, size: u64) -> impl Iterator<Item = Tile> {
        let grew = move |path: &TilePath| hashes_at(path.level, size) != hashes_at(path.level, self.size);
        let hashes = |path: TilePath| self.levels.get(path.level as usize).cloned().unwrap_or_default();
        TilePath::partial(self.size).filter(grew).map(move |path| Tile { path, hashes: hashes(path) })
    }
}

#[cfg(test)]
mod tests;
