//! How the log of an org grows: the leaves of a published batch, as its files contain them, become tiles.
//!
//! 1. the partial tiles of the tree with the batch     if all exist, the log was extended before
//! 2. the partial tiles of the tree before it
//! 3. every row of the published files                 compared with the tree in the claim of the batch (T-1)
//! 4. complete tiles, then partial ones                create-only; the one of the lowest level last
//!
//! So a tile that cannot be replaced is written only if the published rows have it (T-4).

use audit_core::invariants::{tiles_are_of_tree, tree_is_of_rows};
use audit_core::{Frontier, LogId, OrgId, SegmentRecord, Sha256, TilePath};
use futures::TryStreamExt;
use futures::stream::FuturesUnordered;

use crate::error::{SegmentError, unreadable};
use crate::format::decoded;
use crate::{SegmentStore, keys};

/// Tiles that are put concurrently.
const IN_FLIGHT: usize = 16;

impl SegmentStore {
    /// Writes the tiles that a log lacks of `tree`, whose newest rows are those of the published `segments`, in order.
    ///
    /// # Errors
    /// T-1: the files do not contain the rows of the tree. T-4: another tile exists under a key.
    ///
    /// # Guarantees
    /// It may be dropped and repeated at any moment, by any worker. After `Ok`, all tiles of the tree exist.
    pub async fn extend_log(
        &self,
        org_id: &OrgId,
        log_id: LogId,
        tree: &Frontier,
        segments: &[SegmentRecord],
    ) -> Result<(), SegmentError> {
        if let Some(stored) = self.edge(org_id, log_id, tree.size()).await? {
            return Ok(tiles_are_of_tree(&stored.frontier(), tree)?);
        }
        let before = tree.size().saturating_sub(segments.iter().map(|segment| segment.rows).sum());
        let Some(mut edge) = self.edge(org_id, log_id, before).await? else {
            let key = TilePath::partial(before).map(|path| keys::log(org_id, log_id, &path.to_string())).next();
            return Err(SegmentError::Missing { key: key.unwrap_or_default() });
        };
        let (mut leaves, mut found) = (Vec::new(), edge.frontier());
        for segment in segments {
            leaves.extend(self.leaves(segment).await?);
        }
        leaves.iter().for_each(|leaf| found.push(*leaf));
        tree_is_of_rows(tree, &found)?;
        let mut puts = FuturesUnordered::new();
        for tile in leaves.into_iter().flat_map(|leaf| edge.push(leaf)) {
            if puts.len() == IN_FLIGHT {
                puts.try_next().await?;
            }
            puts.push(self.put_tile(org_id, log_id, tile));
        }
        puts.try_collect::<()>().await?;
        let partial: Vec<_> = edge.partial_since(before).collect();
        for tile in partial.into_iter().rev() {
            self.put_tile(org_id, log_id, tile).await?;
        }
        Ok(())
    }

    /// Reads a published segment of a batch, and returns the leaves of its rows, in the order of their numbers.
    async fn leaves(&self, segment: &SegmentRecord) -> Result<Vec<Sha256>, SegmentError> {
        let (object, segment) = (self.published_object(&segment.key).await?, segment.clone());
        let read = tokio::task::spawn_blocking(move || {
            object.is_recorded(&segment)?;
            decoded::leaves(&object.key, &object.body)
        });
        read.await.unwrap_or_else(|error| Err(unreadable("a published segment", error)))
    }
}
