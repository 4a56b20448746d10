//! Step 6: the published files are compared with the tree, and its tiles are written before a row is deleted.

use std::collections::BTreeMap;
use std::path::Path;

use audit_compact::CompactError;
use audit_core::{Frontier, Invariant, Sha256, TilePath};
use audit_segments::{SegmentError, keys};
use audit_tests::acme::{ORG, acme, assert_tiers, events, events_of_days, start};
use audit_tests::log::{folder, leaves, log_id, put};
use audit_tests::outside::look;
use audit_tests::steps::{Stop, pass_until};

/// RFC 6962, section 2.1.
fn root(leaves: &[Sha256]) -> Sha256 {
    match leaves {
        [] => Sha256::of(b""),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Sha256::of_parts([[1].as_slice(), &root(left).0, &root(right).0])
        }
    }
}

/// The files below a folder, by their paths in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[tokio::test]
async fn the_tiles_of_every_published_size_are_those_of_a_naive_tree() {
    let (stack, api) = start().await;
    let (mut size, mut expected) = (0_u64, BTreeMap::new());
    for rows in [255, 1, 1, 300] {
        api.record(ORG, &events_of_days(1, rows, 1_000 * size as usize)).await;
        api.archive().await;
        let (before, leaves) = (size, leaves(&stack).await);
        size += rows as u64;
        assert_eq!(leaves.len() as u64, size);
        for level in 0..2 {
            let leaves_of = 256_usize.pow(level);
            let hashes: Vec<_> = leaves.chunks_exact(leaves_of).map(root).collect();
            for (index, tile) in (0..).zip(hashes.chunks(256)) {
                let path = TilePath::at(level, index, size).unwrap();
                // A tile that was complete before stays as it was.
                let bytes: Vec<u8> = tile.iter().flat_map(|hash| hash.0).collect();
                assert_eq!(*expected.entry(path.to_string()).or_insert(bytes.clone()), bytes, "{path}");
            }
        }
        let stored = files(&folder(&stack).await);
        let tiles: BTreeMap<_, _> = stored.into_iter().filter(|(path, _)| path.starts_with("tile/")).collect();
        assert_eq!(tiles.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "from {before} to {size}");
        assert!(tiles == expected, "from {before} to {size}");
        let head = stack.tables().ledger.head(&acme()).await.unwrap();
        assert_eq!((head.frontier.size(), head.frontier.root()), (size, root(&leaves)));
        look(&stack, &acme()).await;
    }
}

#[tokio::test]
async fn another_tile_under_a_path_stops_the_org_with_its_rows_hot() {
    // The partial tile of the tree, which a repeated step looks for first, and a complete one.
    for path in ["tile/0/001.p/44", "tile/0/000"] {
        let (stack, api) = start().await;
        api.record(ORG, &events_of_days(1, 300, 0)).await;
        pass_until(&stack, Stop::PublishedClaimed).await;
        let key = keys::log(&acme(), log_id(&stack).await, path);
        put(&stack, &key, [7; 32 * 44]).await;
        for _ in ["this pass", "the next one"] {
            let stopped = stack.compactor().pass(&acme(), true, None).await.unwrap_err();
            let CompactError::Segment(SegmentError::Altered(violation)) = &stopped else { panic!("{stopped}") };
            assert_eq!(violation.invariant, Invariant::LogUnchanged, "{path}");
            assert_eq!(stack.tables().events.waiting(&acme(), 1_000).await.unwrap(), 300, "{path}: a row is deleted");
        }
        assert!(files(&folder(&stack).await)[path].iter().all(|byte| *byte == 7), "{path} is overwritten");
    }
}

#[tokio::test]
async fn rows_that_are_not_those_of_the_claimed_tree_stop_the_org_before_a_tile_is_written() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    pass_until(&stack, Stop::PublishedClaimed).await;
    let head = stack.tables().ledger.head(&acme()).await.unwrap();
    let mut other = Frontier::default();
    (0..12_u8).for_each(|row| other.push(Sha256::of(&[row])));
    let segments = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
    let extended = stack.archive().extend_log(&acme(), head.log_id.unwrap(), &other, &segments).await;
    let Err(SegmentError::Altered(violation)) = extended else { panic!("{extended:?}") };
    assert_eq!(violation.invariant, Invariant::OneTree);
    assert!(!folder(&stack).await.exists(), "a tile is written");

    // The same rows in another file than the one that was published.
    let file = stack.folder().join("s3/audit-archive").join(&segments[1].key);
    let bytes = std::fs::read(&file).unwrap();
    let mut altered = bytes.clone();
    altered[100] ^= 1;
    std::fs::write(&file, altered).unwrap();
    assert!(stack.compactor().pass(&acme(), true, None).await.is_err());
    assert_eq!(stack.tables().events.waiting(&acme(), 100).await.unwrap(), 12, "a row is deleted");
    assert!(!folder(&stack).await.exists(), "a tile is written");
    std::fs::write(&file, bytes).unwrap();
    stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_tiers(&stack, 12, 0).await;
    look(&stack, &acme()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_extend_a_log_at_once_write_the_same_tiles() {
    let (stack, api) = start().await;
    for round in 0..3 {
        api.record(ORG, &events(5, 60, round * 1_000)).await;
        pass_until(&stack, Stop::PublishedClaimed).await;
        let passes: Vec<_> = (0..4)
            .map(|_| {
                let worker = stack.compactor();
                tokio::spawn(async move { worker.pass(&acme(), true, None).await.map(|_| ()) })
            })
            .collect();
        for pass in passes {
            pass.await.unwrap().unwrap();
        }
        look(&stack, &acme()).await;
    }
    assert_tiers(&stack, 900, 0).await;
}
