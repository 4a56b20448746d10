//! The rebuild of one org's ledger.

use std::collections::HashSet;

use audit_archive::whole::Whole;
use audit_archive::{Archive, ArchiveError};
use audit_core::id::EventId;
use audit_core::ledger::{BatchRecord, Head, Seq};
use audit_core::org::OrgId;
use audit_tables::ledger::Written;
use audit_tables::{Tables, TablesError};

use super::refusal::Refusal;
use super::tiling::{Found, lay};
use super::{bucket, gap, plan};
use crate::check::hot;

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Objects that were read.
    pub objects: usize,
    /// Batches that were taken into the ledger.
    pub batches: usize,
    /// Their rows.
    pub rows: u64,
    /// Staged objects that were copied, since one of their batch stood behind a gap.
    pub copied: usize,
    /// Where the ledger ends.
    pub next_seq: Seq,
}

/// Why a ledger was not rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// A table did not answer.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The archive did not answer.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Somebody else writes the ledger.
    #[error("somebody else changed the ledger; stop the archive schedule, then run this again")]
    Busy,
    /// A person has to decide first.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Makes an org's ledger from its objects; with `replace` from them alone, whatever ledger and events table say.
///
/// *Guarantees*: the ledger is one of a whole past moment after each write, so a stop is no harm. A ledger that names all
/// objects is not written. Objects are neither replaced nor removed.
pub async fn rebuild(
    tables: &Tables,
    archive: &Archive,
    org_id: &OrgId,
    replace: bool,
) -> Result<Rebuilt, RebuildError> {
    let objects = bucket::read(archive, org_id).await?;
    let ledger = tables.whole_ledger(org_id).await?;
    let head = ledger.head.ok_or(Refusal::Head)?;
    let mut rebuilt = Rebuilt { objects: objects.len(), batches: 0, rows: 0, copied: 0, next_seq: head.next_seq };
    if !replace && plan::names_all(&ledger, &objects) {
        return Ok(rebuilt);
    }
    let mut tiling = lay(org_id, objects.iter().collect())?;
    let mut staged = Vec::new();
    if !tiling.stranded.is_empty() {
        (tiling, staged) = match gap::closing(archive, org_id, &objects).await? {
            Some(closing) => closing,
            None => {
                let stranded: Vec<_> = tiling.stranded.into_iter().map(|segment| segment.key).collect();
                let behind = |object: &&Whole| stranded.contains(&object.record.key);
                let not_hot = not_hot(tables, org_id, objects.iter().filter(behind)).await?;
                return Err(Refusal::Gap { from: tiling.next_seq, stranded, not_hot }.into());
            }
        };
    }
    let agreed = plan::agreed(&ledger, &tiling);
    let is_older = plan::is_older(&ledger, agreed);
    if !is_older && !replace {
        return Err(Refusal::Contradicted(plan::end(&tiling, agreed)).into());
    }
    // Of a batch that was never published no row was deleted: else its other segments were there, and are missing.
    if let Some(last) = tiling.batches[agreed..].last().filter(|last| !last.is_complete && !replace) {
        let batch = last.batch.first_seq;
        let not_hot = not_hot(tables, org_id, objects.iter().filter(|object| object.footer.batch == batch)).await?;
        if not_hot > 0 {
            return Err(Refusal::Incomplete { batch, not_hot }.into());
        }
    }
    for segment in &staged {
        archive.publish(segment).await?;
        rebuilt.copied += 1;
    }
    let mut head = match is_older {
        true => head,
        false => rewind(tables, org_id, &head, &tiling.batches[..agreed]).await?,
    };
    for Found { batch, segments, .. } in &tiling.batches[agreed..] {
        applied(tables.recover(org_id, &head, batch, segments).await?)?;
        head = head.recovering(batch.rows);
        rebuilt.batches += 1;
        rebuilt.rows += batch.rows;
    }
    rebuilt.next_seq = head.next_seq;
    Ok(rebuilt)
}

/// How many rows of these objects the events table does not hold.
async fn not_hot(tables: &Tables, org_id: &OrgId, objects: impl Iterator<Item = &Whole>) -> Result<usize, TablesError> {
    let hot: HashSet<EventId> = hot::read(tables, org_id).await?.0.into_iter().collect();
    Ok(objects.flat_map(|object| &object.ids).filter(|id| !hot.contains(id)).count())
}

/// Takes the ledger back to the batches that the bucket bears out. First the head, so that nobody counts on the others.
async fn rewind(tables: &Tables, org_id: &OrgId, head: &Head, kept: &[Found]) -> Result<Head, RebuildError> {
    let kept: Vec<BatchRecord> = kept.iter().map(|found| found.batch.clone()).collect();
    let rewound = head.rewound(kept.last().map_or(Seq(0), |batch| batch.first_seq.plus(batch.rows)));
    applied(tables.replace_head(org_id, head, &rewound).await?)?;
    tables.forget_all_but(org_id, &kept).await?;
    Ok(rewound)
}

fn applied(written: Written) -> Result<(), RebuildError> {
    match written {
        Written::Applied => Ok(()),
        Written::Lost => Err(RebuildError::Busy),
    }
}
