//! Step 7: the tree of the published rows is signed.
//!
//! Only the tree of a head that was just read, passes the check and has no committed batch: what it states is claimed,
//! published and stored as tiles, so that nothing signed ever becomes void (T-2). A stop leaves a log without its newest
//! checkpoint, and the next pass that reaches its end signs that tree, or a larger one.

use audit_core::error::chain;
use audit_core::invariants::{checkpoint_is_of_tree, tiles_are_of_tree};
use audit_core::{Checkpoint, Head, OrgId};
use audit_runtime::metrics::{self, Metric};
use audit_segments::SegmentError;

use crate::Compactor;
use crate::error::Result;

impl Compactor {
    /// Signs the tree of a head that was just read, unless it is signed. Returns `false` if it is still to be signed:
    /// KMS failed, which is counted, or another head is stored.
    ///
    /// # Errors
    /// A store failed, the ledger is refused, or T-2 or T-4 is violated. Nothing was signed.
    pub async fn checkpoint(&self, org_id: &OrgId, head: &Head) -> Result<bool> {
        let size = head.frontier.size();
        let (Some(signer), Some(log_id)) = (&self.signer, head.log_id) else { return Ok(true) };
        if size == 0 || size != head.next_seq.0 {
            return Ok(size == head.next_seq.0);
        }
        let checkpoint = signer.checkpoint(log_id, &head.frontier);
        if let Some(stored) = self.archive.checkpoint(org_id, log_id, size).await? {
            return compare(&stored, &checkpoint);
        }
        if !self.check(org_id, head).await? {
            return Ok(false);
        }
        let Some(tiles) = self.archive.edge(org_id, log_id, size).await? else {
            return Err(SegmentError::Missing { key: audit_segments::keys::log(org_id, log_id, "tile/") }.into());
        };
        tiles_are_of_tree(&tiles.frontier(), &head.frontier)?;
        let (note, key) = match signer.sign(&checkpoint).await {
            Ok(signed) => signed,
            Err(error) => {
                tracing::error!(%org_id, size, error = chain(&error), "the tree could not be signed");
                metrics::count_of_org(Metric::CheckpointsFailed, org_id, 1);
                return Ok(false);
            }
        };
        signer.key_stored().get_or_try_init(|| self.archive.put_log_key(&key)).await?;
        if !self.archive.put_checkpoint(org_id, log_id, size, note).await? {
            let stored = self.archive.checkpoint(org_id, log_id, size).await?;
            return compare(&stored.unwrap_or_default(), &checkpoint);
        }
        Ok(true)
    }
}

/// T-2: another worker, perhaps with another key, signed the same origin, size and root.
fn compare(stored: &str, expected: &Checkpoint) -> Result<bool> {
    checkpoint_is_of_tree(&Checkpoint::open_unverified(stored)?, expected)?;
    Ok(true)
}
