//! The log of an org, as its objects: checkpoints and tiles. Anyone who has them verifies proofs without the service.

use audit_core::{LogId, OrgId, TilePath};
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures::future::try_join_all;
use serde::Serialize;

use crate::error::{QueryError, Result};
use crate::service::QueryService;

/// Checkpoints of one page.
const PAGE: usize = 20;
/// Rows before an end in which the last checkpoints are looked for at first. A batch has at least one row, so one request
/// lists all checkpoints in that range.
const FIRST_WINDOW: u64 = 1_000;
/// By how much the range grows while it has no checkpoint.
const GROWTH: u64 = 64;

/// Returns a text.
pub(crate) fn plain_text(text: String) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Checkpoints, the newest first.
#[derive(Debug, Serialize)]
pub(crate) struct Checkpoints {
    checkpoints: Vec<ListedCheckpoint>,
    /// What to request for older ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<u64>,
}

/// A checkpoint.
#[derive(Debug, Serialize)]
struct ListedCheckpoint {
    /// Its events.
    size: u64,
    /// The signed note.
    checkpoint: String,
}

impl QueryService {
    /// Returns the id of an org's log; `None` before its first archive pass.
    async fn log_id(&self, org_id: &OrgId) -> Result<Option<(LogId, u64)>> {
        let head = self.tables.ledger.head(org_id).await?;
        self.check.check(org_id, &head).await?;
        Ok(head.log_id.map(|log_id| (log_id, head.frontier.size())))
    }

    /// Reads the checkpoint of a number of events.
    pub(crate) async fn checkpoint(&self, org_id: &OrgId, log_id: LogId, size: u64) -> Result<Option<String>> {
        self.archive.checkpoint(org_id, log_id, size).await.map_err(QueryError::Log)
    }

    /// Returns the newest checkpoint.
    pub(crate) async fn newest_checkpoint(&self, org_id: &OrgId) -> Result<Option<String>> {
        let Some((log_id, size)) = self.log_id(org_id).await? else { return Ok(None) };
        // That of the last pass, unless signing is delayed.
        if let Some(newest) = self.checkpoint(org_id, log_id, size).await? {
            return Ok(Some(newest));
        }
        match self.sizes_before(org_id, log_id, size).await?.last() {
            Some(size) => self.checkpoint(org_id, log_id, *size).await,
            None => Ok(None),
        }
    }

    /// Returns the last checkpoints of fewer than `before` events.
    pub(crate) async fn checkpoints(&self, org_id: &OrgId, before: Option<u64>) -> Result<Checkpoints> {
        let mut page = Checkpoints { checkpoints: Vec::new(), before: None };
        let Some((log_id, size)) = self.log_id(org_id).await? else { return Ok(page) };
        let end = before.unwrap_or(u64::MAX).min(size.saturating_add(1));
        let sizes = self.sizes_before(org_id, log_id, end).await?;
        let last = &sizes[sizes.len().saturating_sub(PAGE)..];
        let notes = try_join_all(last.iter().map(|size| self.checkpoint(org_id, log_id, *size))).await?;
        let listed = |(size, note): (&u64, Option<String>)| Some(ListedCheckpoint { size: *size, checkpoint: note? });
        page.checkpoints = last.iter().zip(notes).rev().filter_map(listed).collect();
        page.before = last.first().copied();
        Ok(page)
    }

    /// Lists checkpoints of fewer than `end` events, in ascending order: at least the last one, and all after the first
    /// in the list. S3 lists forward only, so the list begins some rows before the end, and further before if there is
    /// none.
    async fn sizes_before(&self, org_id: &OrgId, log_id: LogId, end: u64) -> Result<Vec<u64>> {
        let mut window = FIRST_WINDOW;
        loop {
            let start = end.saturating_sub(window);
            let (mut sizes, mut after) = (Vec::new(), start.saturating_sub(1));
            loop {
                let page =
                    self.archive.checkpoints_after(org_id, log_id, after, 1_000).await.map_err(QueryError::Log)?;
                let Some(last) = page.last().copied() else { break };
                after = last;
                sizes.extend(page.into_iter().filter(|size| *size < end));
                if last >= end {
                    break;
                }
            }
            if !sizes.is_empty() || start == 0 {
                return Ok(sizes);
            }
            window = window.saturating_mul(GROWTH);
        }
    }

    /// Reads a tile.
    pub(crate) async fn tile(&self, org_id: &OrgId, path: &TilePath) -> Result<Option<Bytes>> {
        let Some((log_id, _)) = self.log_id(org_id).await? else { return Ok(None) };
        self.archive.tile(org_id, log_id, path).await.map_err(QueryError::Log)
    }
}
