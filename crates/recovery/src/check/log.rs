//! The log of an org: every tile and checkpoint, compared with the claims and with each other.

use audit_core::invariants::{log_object_unchanged, tiles_are_of_tree};
use audit_core::{Edge, Frontier, Head, LogId, OrgId, Phase, Sha256, Tile, TilePath};
use audit_segments::{SegmentError, SegmentStore, keys};
use futures::future::try_join_all;

use super::Checked;
use crate::log::{IN_FLIGHT, Signed, trees};
use crate::replay::Replay;

/// T-2, T-4: compares checkpoints, which were read before the claims, and tiles with the trees of the batches.
///
/// The tiles of a batch whose hot rows are being deleted may not be written yet.
pub(super) async fn check(
    checked: &mut Checked,
    archive: &SegmentStore,
    (org_id, log_id): (&OrgId, LogId),
    (head, replay): (&Head, &Replay),
    signed: &Signed,
) -> Result<(), SegmentError> {
    checked.violations.extend(signed.compare(log_id, replay));
    let trees = trees(replay);
    let written = match head.open {
        Some(open) if open.phase == Phase::Published => open.first_seq,
        _ => head.visible_seq(),
    };
    if let Some(tree) = trees.get(&written.0) {
        tiles(checked, archive, (org_id, log_id), tree).await?;
    }
    for (size, _) in &signed.checkpoints {
        let Some(tree) = trees.get(size) else { continue };
        match archive.edge(org_id, log_id, *size).await {
            Ok(edge) => checked.note(tiles_are_of_tree(&edge.unwrap_or_default().frontier(), tree)),
            Err(error) => checked.unreadable_segments.push(error),
        }
    }
    Ok(())
}

/// T-4: computes every tile again from those of level 0, whose root is that of the rows.
async fn tiles(
    checked: &mut Checked,
    archive: &SegmentStore,
    (org_id, log_id): (&OrgId, LogId),
    tree: &Frontier,
) -> Result<(), SegmentError> {
    let lowest: Vec<_> = (0..).map_while(|index| TilePath::at(0, index, tree.size())).collect();
    let key = |path: &TilePath| keys::log(org_id, log_id, &path.to_string());
    let (mut edge, mut above) = (Edge::default(), Vec::new());
    for paths in lowest.chunks(IN_FLIGHT) {
        let read = try_join_all(paths.iter().map(|path| archive.tile(org_id, log_id, path))).await?;
        for (path, bytes) in paths.iter().zip(read) {
            let bytes = bytes.unwrap_or_default();
            checked.note(log_object_unchanged(&key(path), Tile::from_bytes(*path, &bytes).is_some()));
            for leaf in bytes.as_chunks().0 {
                above.extend(edge.push(Sha256(*leaf)).into_iter().filter(|tile| !tile.path.is_lowest()));
            }
        }
    }
    checked.note(tiles_are_of_tree(&edge.frontier(), tree));
    above.extend(edge.partial_since(0).filter(|tile| !tile.path.is_lowest()));
    for tile in &above {
        let stored = archive.tile(org_id, log_id, &tile.path).await?;
        checked.note(log_object_unchanged(&key(&tile.path), stored.is_some_and(|stored| *stored == *tile.to_bytes())));
    }
    Ok(())
}
