//! The proof of an event, from the log of its org.
//!
//! A proof is against the first checkpoint that covers the event, so that it never changes. It is verified before it is
//! returned: a row or a tile that was altered is an error, and not a proof that no auditor accepts.

use std::time::Duration;

use audit_core::{
    Checkpoint, CheckpointError, EventProof, LeafFields, LogId, Narrowing, OrgId, ProofPlan, Tile, UnixMicros,
    invariants::event_is_proven, proof::included_root,
};
use audit_http::LookUp;
use audit_segments::LoggedRow;
use audit_tables::TablesError;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::future::try_join_all;
use serde_json::json;

use crate::error::{QueryError, Result};
use crate::log::plain_text;
use crate::service::QueryService;

/// How long after an event was stored, and happened, a checkpoint covers it: past days are archived once a day, hourly
/// passes run, and a pass can take its time.
const SEALED_WITHIN: Duration = Duration::from_secs(26 * 60 * 60);

/// What is known of the proof of an event.
#[derive(Debug)]
pub(crate) enum Proof {
    /// The event is in the log.
    Sealed(EventProof),
    /// The event is not in the log yet. It will be by then.
    Pending(UnixMicros),
    /// The event cannot be read, so it is not archived until an operator has repaired it.
    Quarantined,
}

impl IntoResponse for Proof {
    fn into_response(self) -> Response {
        match self {
            Self::Sealed(proof) => plain_text(proof.to_string()),
            Self::Pending(due_by) => accepted(&json!({ "status": "pending", "due_by": due_by })),
            Self::Quarantined => accepted(&json!({ "status": "quarantined" })),
        }
    }
}

fn accepted(body: &serde_json::Value) -> Response {
    (StatusCode::ACCEPTED, Json(body)).into_response()
}

impl QueryService {
    /// Finds the proof of an event: hot first, then the head, then the segments, as a look-up does.
    pub(crate) async fn proof(&self, look_up: &LookUp) -> Result<Option<Proof>> {
        let LookUp { org_id, id, narrowing } = look_up;
        let hot = self.tables.events.get(org_id, *id).await;
        let head = self.tables.ledger.head(org_id).await?;
        let (event, row) = match (self.logged(org_id, &head, *id).await?, hot) {
            (Some((event, row)), _) => (event, Some(row)),
            (None, Ok(Some(event))) => (event, None),
            (None, Ok(None)) => return Ok(None),
            // Of a row that cannot be read, nothing says whether a narrowed caller may read it.
            (None, Err(TablesError::Malformed { .. })) if *narrowing == Narrowing::default() => {
                return Ok(Some(Proof::Quarantined));
            }
            (None, Err(TablesError::Malformed { .. })) => return Ok(None),
            (None, Err(error)) => return Err(error.into()),
        };
        if !narrowing.allows(&event) {
            return Ok(None);
        }
        let sealed = match (row, head.log_id) {
            (Some(row), Some(log_id)) => self.sealed(org_id, log_id, row, &LeafFields::of(&event)).await?,
            _ => None,
        };
        let due_by = || {
            let since = event.ingested_at.max(event.occurred_at).micros();
            UnixMicros::new(since.saturating_add_unsigned(SEALED_WITHIN.as_micros() as u64))
        };
        Ok(Some(sealed.map_or_else(|| Proof::Pending(due_by()), Proof::Sealed)))
    }

    /// Makes the proof of a row against the first checkpoint that covers it; `None` if there is none yet.
    async fn sealed(
        &self,
        org_id: &OrgId,
        log_id: LogId,
        LoggedRow { seq, salt }: LoggedRow,
        event: &LeafFields<'_>,
    ) -> Result<Option<EventProof>> {
        let archive = &self.archive;
        let sizes = archive.checkpoints_after(org_id, log_id, seq.0, 1).await.map_err(QueryError::Log)?;
        let Some(plan) = sizes.first().and_then(|size| ProofPlan::inclusion(seq, *size)) else { return Ok(None) };
        let note = self.checkpoint(org_id, log_id, sizes[0]).await?;
        let stated = note.as_deref().map(Checkpoint::open_unverified);
        let tile = async |path| {
            let bytes = archive.tile(org_id, log_id, &path).await.map_err(QueryError::Log)?;
            Ok::<_, QueryError>(bytes.and_then(|bytes| Tile::from_bytes(path, &bytes)))
        };
        let tiles = try_join_all(plan.tiles().into_iter().map(tile)).await?;
        let hashes = plan.hashes(|path| tiles.iter().flatten().find(|tile| tile.path == *path)).unwrap_or_default();
        let leaf = event.leaf(&salt).ok();
        let root = leaf.and_then(|leaf| included_root(seq, leaf, sizes[0], &hashes));
        let stated = stated.and_then(std::result::Result::<_, CheckpointError>::ok);
        event_is_proven(event.id, seq, root, stated.as_ref().map(|checkpoint| checkpoint.root))?;
        Ok(note.map(|checkpoint| EventProof { salt, seq, hashes, checkpoint }))
    }
}
