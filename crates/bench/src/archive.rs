//! An archive as a year of daily passes makes it, without the hot rows: events are encoded, staged, committed and
//! published by the code of a pass, one batch a day.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit_compact::protocol::StagedBatch;
use audit_core::{Clock as _, CompactRange, Event, OrgId, Seed, Seq, Sha256};
use audit_local::stack::{Stack, StackOptions, TableStore};
use audit_runtime::SystemClock;
use audit_segments::{BatchPlace, Encoded, SegmentWriter};
use futures::{StreamExt as _, stream};
use tokio::task::spawn_blocking;

use crate::Result;
use crate::client::ORG;
use crate::events::Events;

/// Days that are encoded concurrently.
const AHEAD: usize = 2;

/// Returns the data folder of `audit serve` with these events archived, made when it is needed first.
pub(crate) async fn of(events: Events, data: &Path) -> Result<PathBuf> {
    let folder = data.join(format!("archive-{}", events.name()));
    if !folder.exists() {
        let partial = data.join(format!("archive-{}.partial", events.name()));
        if partial.exists() {
            std::fs::remove_dir_all(&partial)?;
        }
        build(events, &partial).await?;
        std::fs::rename(&partial, &folder)?;
    }
    Ok(folder)
}

/// Where the segments of a data folder are.
pub(crate) fn segments_folder(data: &Path) -> PathBuf {
    data.join("s3").join(audit_local::stack::ARCHIVE_BUCKET).join("events")
}

async fn build(events: Events, data: &Path) -> Result<()> {
    let stack = Stack::start(StackOptions {
        data: data.to_owned(),
        tables: TableStore::Embedded { port: 0 },
        s3_port: 0,
        kms_port: 0,
        clock: Arc::new(SystemClock),
        budget: audit_query::BUDGET,
    })
    .await?;
    let (org_id, first_day): (OrgId, _) = (ORG.parse()?, events.first_day()?);
    let compactor = stack.compactor();
    let encoding = (0..events.days).map(|day| {
        let org_id = org_id.clone();
        spawn_blocking(move || -> Result<Vec<Encoded>> {
            let numbers = events.of_day(day);
            let rows = numbers.clone().map(|number| events.event(&org_id, first_day, number));
            encode(&rows.collect::<Result<Vec<_>>>()?, Seq(numbers.start))
        })
    });
    let mut batches = stream::iter(encoding).buffered(AHEAD);
    let mut day = 0;
    while let Some(encoded) = batches.next().await {
        let head = stack.tables().ledger.head(&org_id).await?;
        let (mut segments, mut leaves) = (Vec::new(), CompactRange::new(head.next_seq));
        for (index, segment) in encoded??.into_iter().enumerate() {
            segment.leaves.iter().try_for_each(|of_range| leaves.extend(of_range))?;
            stack.tables().ledger.put_filters(&segment.org_id, &segment.record, &segment.filters).await?;
            segments.push(stack.archive().stage(&format!("day-{day}"), index, SystemClock.now(), segment).await?);
        }
        day += 1;
        if !segments.is_empty() {
            let staged = StagedBatch { segments, leaves, repeated_rows: 0, rows_quarantined: 0, reached_end: true };
            compactor.commit(&org_id, &head, &staged).await?;
            // The pass finishes the open batch.
            compactor.pass(&org_id, true, None).await?;
        }
    }
    Ok(stack.stop().await?)
}

/// The seed of a segment, the same in every archive of the same events. Nothing here is secret.
pub(crate) fn seed(first_seq: Seq) -> Seed {
    Seed(Sha256::of(first_seq.to_string().as_bytes()).0)
}

/// Encodes the rows of a batch.
pub(crate) fn encode(rows: &[Event], first_seq: Seq) -> Result<Vec<Encoded>> {
    let mut segments = Vec::new();
    let mut open: Option<SegmentWriter> = None;
    for (row, event) in rows.iter().enumerate() {
        if let Some(full) = open.take_if(|open| !open.takes(event)) {
            segments.push(full.finish(false)?);
        }
        let writer = match &mut open {
            Some(writer) => writer,
            None => {
                let place = BatchPlace { first_seq, index: segments.len() };
                let first_seq = first_seq.plus(row as u64);
                open.insert(SegmentWriter::begin(event, first_seq, place, seed(first_seq))?)
            }
        };
        writer.push(event)?;
    }
    if let Some(last) = open {
        segments.push(last.finish(true)?);
    }
    Ok(segments)
}
