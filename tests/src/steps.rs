//! A pass that stops after any of its steps.

use audit_core::{Head, Span};
use audit_tables::Written;

use crate::TestStack;
use crate::acme::acme;

/// The step after which a pass stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// The segments are staged.
    Staged,
    /// The batch is committed.
    Committed,
    /// Its claim is put.
    Claimed,
    /// Half of the segments are copied.
    PartlyCopied,
    /// All segments are copied.
    Copied,
    /// The head marks the batch as published.
    Published,
    /// The claim of that is put.
    PublishedClaimed,
    /// The tiles of the tree are written.
    Tiled,
    /// The rows of a third of the segments are deleted.
    PartlyDeleted,
    /// All rows are deleted; the batch is still open.
    Deleted,
}

/// All of them, in order.
pub const STOPS: [Stop; 10] = [
    Stop::Staged,
    Stop::Committed,
    Stop::Claimed,
    Stop::PartlyCopied,
    Stop::Copied,
    Stop::Published,
    Stop::PublishedClaimed,
    Stop::Tiled,
    Stop::PartlyDeleted,
    Stop::Deleted,
];

/// Runs the steps of a pass over all hot rows of `acme`, up to and including `stop`. They must fit one batch.
pub async fn pass_until(stack: &TestStack, stop: Stop) {
    let (tables, worker) = (stack.tables(), stack.compactor());
    let head = tables.ledger.head(&acme()).await.unwrap();
    let staged = worker.stage_batch(&acme(), &head, Span::ALL, None).await.unwrap();
    assert!(staged.reached_end);
    let segments = staged.segments.as_slice();
    if stop >= Stop::Committed {
        assert_eq!(worker.commit(&acme(), &head, &staged).await.unwrap().1, Written::Applied);
    }
    if stop >= Stop::Claimed {
        let head = tables.ledger.head(&acme()).await.unwrap();
        worker.claim(&acme(), &head).await.unwrap();
    }
    if stop >= Stop::PartlyCopied {
        let copied = if stop == Stop::PartlyCopied { segments.len() / 2 } else { segments.len() };
        worker.copy_segments(&segments[..copied]).await.unwrap();
    }
    if stop >= Stop::Published {
        let head = tables.ledger.head(&acme()).await.unwrap();
        let batch = worker.claim(&acme(), &head).await.unwrap();
        assert_eq!(worker.publish(&acme(), &head, &batch).await.unwrap(), Written::Applied);
    }
    if stop >= Stop::PublishedClaimed {
        let head = tables.ledger.head(&acme()).await.unwrap();
        worker.claim(&acme(), &head).await.unwrap();
    }
    if stop >= Stop::Tiled {
        let Head { log_id, frontier, .. } = tables.ledger.head(&acme()).await.unwrap();
        stack.archive().extend_log(&acme(), log_id.unwrap(), &frontier, segments).await.unwrap();
    }
    if stop >= Stop::PartlyDeleted {
        let deleted = if stop == Stop::PartlyDeleted { segments.len() / 3 } else { segments.len() };
        worker.delete_rows(&acme(), &segments[..deleted]).await.unwrap();
    }
}
