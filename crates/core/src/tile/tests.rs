use std::collections::HashMap;

use super::*;

fn leaf(seq: u64) -> Sha256 {
    Sha256::of(&seq.to_be_bytes())
}

fn frontier(size: u64) -> Frontier {
    let mut tree = Frontier::default();
    (0..size).for_each(|seq| tree.push(leaf(seq)));
    tree
}

/// The sizes at which tiles begin and end.
const SIZES: [u64; 13] = [0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792, 70_000];

/// Every tile that a tree has after it grew in these steps.
fn written(sizes: &[u64]) -> HashMap<TilePath, Tile> {
    let (mut tiles, mut edge, mut from) = (HashMap::new(), Edge::default(), 0);
    for to in sizes.iter().copied() {
        let complete: Vec<_> = (from..to).flat_map(|seq| edge.push(leaf(seq))).collect();
        for tile in complete.into_iter().chain(edge.partial_since(from)) {
            assert!(tiles.insert(tile.path, tile).is_none(), "a tile was written twice");
        }
        from = to;
    }
    tiles
}

#[test]
fn paths_are_those_of_the_specification() {
    let path = |level, index, width| TilePath { level, index, width };
    for (text, tile) in [
        ("tile/0/000", path(0, 0, 256)),
        ("tile/0/999.p/1", path(0, 999, 1)),
        ("tile/1/x001/000", path(1, 1_000, 256)),
        ("tile/2/x001/x234/067.p/255", path(2, 1_234_067, 255)),
    ] {
        assert_eq!((tile.to_string().as_str(), text.parse()), (text, Ok(tile)));
    }
    for bad in [
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/001",
        "tile/00/001",
        "tile/8/000",
        "tile/7/128",
        "tile/-1/000",
        "tile/entries/000",
        "tile/0/000/",
        "tile/0/000.p/1/",
        "/tile/0/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "",
    ] {
        assert!(bad.parse::<TilePath>().is_err(), "{bad}");
    }
}

#[test]
fn a_tree_of_70_000_leaves_has_the_tiles_of_the_specification() {
    let mut levels = [(0, 0); 3];
    for path in written(&[70_000]).into_keys() {
        let (complete, width) = &mut levels[path.level as usize];
        if path.width == WIDTH { *complete += 1 } else { *width = path.width }
    }
    assert_eq!(levels, [(273, 112), (1, 17), (0, 1)]);
}

/// So a pass writes each tile once, and a proof finds every tile that it needs, whatever the passes were.
#[test]
fn a_tree_that_grows_has_the_tiles_of_every_size_it_had() {
    let tiles = written(&SIZES);
    for size in SIZES {
        let needed = (0..LEVELS).flat_map(|level| (0..).map_while(move |index| TilePath::at(level, index, size)));
        for path in needed.filter(|path| path.level > 0 || path.index % 64 == 0 || path.width < WIDTH) {
            let tile = tiles.get(&path).unwrap_or_else(|| panic!("{size} leaves need {path}"));
            assert_eq!(Tile::from_bytes(path, &tile.to_bytes()).as_ref(), Some(tile));
        }
        let partial = TilePath::partial(size).map(|path| tiles[&path].clone());
        assert_eq!(Edge::resume(size, partial).unwrap().frontier(), frontier(size), "{size} leaves");
    }
}

#[test]
fn each_hash_is_the_root_of_its_leaves() {
    let tiles = written(&[70_000]);
    let of_leaves = |first: u64, count: u64| {
        let mut run = crate::CompactRange::new(crate::Seq(first));
        (first..first + count).for_each(|seq| run.push(leaf(seq)));
        run.digest()
    };
    for (level, position) in [(0, 0), (0, 69_999), (1, 0), (1, 272), (2, 0)] {
        let path = TilePath::at(level, position / WIDTH, 70_000).unwrap();
        let count = WIDTH.pow(level);
        let found = tiles[&path].root_of(position, 0).unwrap();
        assert_eq!(Sha256::of(&found.0), of_leaves(position * count, count), "{level} {position}");
    }
    let last = &tiles[&TilePath::at(0, 273, 70_000).unwrap()];
    assert_eq!(Sha256::of(&last.root_of(69_888, 6).unwrap().0), of_leaves(69_888, 64));
    assert_eq!((last.root_of(69_952, 6), last.root_of(69_887, 0)), (None, None), "beyond the tile");
}

#[test]
fn an_edge_that_was_read_back_is_extended_like_one_that_was_kept() {
    for size in SIZES {
        let mut kept = Edge::default();
        (0..size).for_each(|seq| drop(kept.push(leaf(seq))));
        let partial: Vec<_> = kept.partial_since(0).filter(|tile| tile.path.width < WIDTH).collect();
        let mut read = Edge::resume(size, partial).unwrap();
        for seq in size..size + 600 {
            assert_eq!(read.push(leaf(seq)), kept.push(leaf(seq)));
        }
        assert_eq!((read.frontier(), kept.frontier()), (frontier(size + 600), frontier(size + 600)));
    }
}

#[test]
fn tiles_of_another_size_are_no_edge() {
    let partial = |size| {
        let mut edge = Edge::default();
        (0..size).for_each(|seq| drop(edge.push(leaf(seq))));
        edge.partial_since(0).collect::<Vec<_>>()
    };
    assert!(Edge::resume(300, partial(300)).is_some());
    for (size, tiles) in [(300, partial(299)), (300, partial(44)), (300, vec![]), (44, partial(300)), (0, partial(1))] {
        assert_eq!(Edge::resume(size, tiles), None, "{size} leaves");
    }
}

#[test]
fn bytes_of_another_length_are_no_tile() {
    let path = TilePath::at(0, 0, 3).unwrap();
    for bytes in [0, 32, 95, 97, 128] {
        assert_eq!(Tile::from_bytes(path, &vec![0; bytes]), None, "{bytes} bytes");
    }
    assert!(Tile::from_bytes(path, &[0; 96]).is_some());
}
