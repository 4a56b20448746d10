//! The objects of an org's log: the tiles of its tree and its checkpoints. Each is created once, and never changed.

use audit_core::invariants::log_object_unchanged;
use audit_core::{Edge, LogId, OrgId, Sha256, Tile, TilePath, VerifierKey};
use bytes::Bytes;

use crate::error::{SegmentError, failed, unreadable};
use crate::{SegmentStore, keys};

/// The type of notes and keys.
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

impl SegmentStore {
    /// Reads the bytes of a tile; `None` if it does not exist.
    pub async fn tile(&self, org_id: &OrgId, log_id: LogId, path: &TilePath) -> Result<Option<Bytes>, SegmentError> {
        self.created(&keys::log(org_id, log_id, &path.to_string())).await
    }

    /// Reads the partial tiles of a tree of `size` leaves; `None` if one does not exist.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`] if a tile does not have the length of its path.
    pub async fn edge(&self, org_id: &OrgId, log_id: LogId, size: u64) -> Result<Option<Edge>, SegmentError> {
        let mut tiles = Vec::new();
        for path in TilePath::partial(size) {
            let Some(bytes) = self.tile(org_id, log_id, &path).await? else { return Ok(None) };
            let key = || keys::log(org_id, log_id, &path.to_string());
            tiles.push(Tile::from_bytes(path, &bytes).ok_or_else(|| unreadable(&key(), "it has another length"))?);
        }
        Ok(Edge::resume(size, tiles))
    }

    /// Ensures that a tile exists.
    ///
    /// # Errors
    /// T-4: another tile has its path.
    pub(crate) async fn put_tile(&self, org_id: &OrgId, log_id: LogId, tile: Tile) -> Result<(), SegmentError> {
        let (key, bytes) = (keys::log(org_id, log_id, &tile.path.to_string()), Bytes::from(tile.to_bytes()));
        let sha256 = Sha256::of(&bytes);
        if self.create(&key, "application/octet-stream", bytes).await? {
            return Ok(());
        }
        let found = self.created_digest(&key).await?;
        Ok(log_object_unchanged(&key, found == Some(sha256))?)
    }

    /// Reads the checkpoint of a tree of `size` leaves; `None` if it does not exist.
    pub async fn checkpoint(&self, org_id: &OrgId, log_id: LogId, size: u64) -> Result<Option<String>, SegmentError> {
        let key = keys::checkpoint(org_id, log_id, size);
        let Some(bytes) = self.created(&key).await? else { return Ok(None) };
        String::from_utf8(bytes.into()).map(Some).map_err(|error| unreadable(&key, error))
    }

    /// Creates the checkpoint of a tree of `size` leaves. Returns `false` if one exists.
    pub async fn put_checkpoint(
        &self,
        org_id: &OrgId,
        log_id: LogId,
        size: u64,
        note: String,
    ) -> Result<bool, SegmentError> {
        self.create(&keys::checkpoint(org_id, log_id, size), PLAIN_TEXT, note.into()).await
    }

    /// Returns the sizes of a log's checkpoints, in order. A key that is not that of one is skipped.
    pub async fn checkpoint_sizes(&self, org_id: &OrgId, log_id: LogId) -> Result<Vec<u64>, SegmentError> {
        let (_, found) = self.list(&self.buckets.archive, &keys::checkpoints(org_id, log_id), None).await?;
        Ok(found.iter().filter_map(|key| keys::read_checkpoint(org_id, log_id, key)).collect())
    }

    /// Returns the sizes of up to `limit` checkpoints of trees with more than `size` leaves, in order.
    pub async fn checkpoints_after(
        &self,
        org_id: &OrgId,
        log_id: LogId,
        size: u64,
        limit: i32,
    ) -> Result<Vec<u64>, SegmentError> {
        let (prefix, after) = (keys::checkpoints(org_id, log_id), keys::checkpoint(org_id, log_id, size));
        let list = self.client.list_objects_v2().bucket(&self.buckets.archive).prefix(&prefix);
        let listed = list.start_after(after).max_keys(limit).send().await.map_err(failed("ListObjectsV2", &prefix))?;
        let listed = listed.contents.into_iter().flatten().filter_map(|object| object.key);
        Ok(listed.filter_map(|key| keys::read_checkpoint(org_id, log_id, &key)).collect())
    }

    /// Ensures that the key which signs checkpoints is stored, where readers of every function find it.
    ///
    /// # Errors
    /// T-4: another object has its place.
    pub async fn put_log_key(&self, key: &VerifierKey) -> Result<(), SegmentError> {
        let (at, text) = (keys::log_key(key), Bytes::from(key.to_string()));
        if self.create(&at, PLAIN_TEXT, text.clone()).await? {
            return Ok(());
        }
        let found = self.created(&at).await?;
        Ok(log_object_unchanged(&at, found == Some(text))?)
    }

    /// Returns the keys that have signed checkpoints, as texts.
    pub async fn log_keys(&self) -> Result<Vec<String>, SegmentError> {
        let mut found = Vec::new();
        for key in self.list(&self.buckets.archive, keys::LOG_KEYS, None).await?.1 {
            let text = self.created(&key).await?.map(|bytes| String::from_utf8(bytes.into()));
            found.extend(text.transpose().map_err(|error| unreadable(&key, error))?);
        }
        Ok(found)
    }
}
