//! The stored form of the ledger: heads, claims, batches, merges and segments as items.

use audit_core::{
    BatchRecord, Day, DayRows, EventId, FORMAT, Frontier, Head, Home, MergePhase, MergeRecord, MergeSource, OpenBatch,
    OpenMerge, OrgId, Phase, SealedClaim, SegmentRecord, Seq, SeqRun, Staged, Tail,
};

use crate::error::Result;
use crate::items::{Item, Reader, Writer};
use crate::keys;

const COMMITTED: &str = "committed";
const PUBLISHED: &str = "published";
const VOID: &str = "void";
const DECIDED: &str = "decided";
const SWITCHED: &str = "switched";
const ABANDONED: &str = "abandoned";

fn reader(item: &Item) -> Reader<'_> {
    Reader { table: "ledger", item }
}

/// Builds the key of an item.
pub(crate) fn key(org_id: &OrgId, sk: impl Into<String>) -> Writer {
    Writer::default().text(keys::ORG_ID, org_id.as_str()).text(keys::SK, sk)
}

pub(crate) fn write_head(org_id: &OrgId, head: &Head) -> Writer {
    let writer = key(org_id, keys::HEAD)
        .number("format", FORMAT.into())
        .text("table", &head.home.table)
        .text("bucket", &head.home.bucket)
        .number("generation", head.generation())
        .number("version", head.version)
        .number("next_seq", head.next_seq.0)
        .number("claims", head.claims)
        .text_if("claim", head.claim.map(|sha256| sha256.to_string()))
        .text_if("log_id", head.log_id.map(|log_id| log_id.to_string()))
        .bytes_if("frontier", Some(&head.frontier.to_bytes()))
        .number("merges", head.merges)
        .number("merged", head.merged)
        .text_if("daily", head.daily.map(|day| day.to_string()));
    let writer = write_open_merge(writer, head.merge);
    let Some(OpenBatch { first_seq, phase }) = head.open else { return writer };
    let phase = match phase {
        Phase::Committed => COMMITTED,
        Phase::Published => PUBLISHED,
        Phase::Void => VOID,
    };
    writer.number("open_batch", first_seq.0).text("open_phase", phase)
}

fn write_open_merge(writer: Writer, merge: Option<OpenMerge>) -> Writer {
    let Some(OpenMerge { number, phase, since }) = merge else { return writer };
    let phase = match phase {
        MergePhase::Decided => DECIDED,
        MergePhase::Switched => SWITCHED,
        MergePhase::Abandoned => ABANDONED,
    };
    writer.number("merge", number).text("merge_phase", phase).text("merge_since", since.to_string())
}

fn read_open_merge(reader: &Reader<'_>) -> Result<Option<OpenMerge>> {
    let Some(number) = reader.number_if("merge")? else { return Ok(None) };
    let phase = reader.parsed("merge_phase", |text| match text {
        DECIDED => Some(MergePhase::Decided),
        SWITCHED => Some(MergePhase::Switched),
        ABANDONED => Some(MergePhase::Abandoned),
        _ => None,
    })?;
    Ok(Some(OpenMerge { number, phase, since: reader.instant("merge_since")? }))
}

/// Whether the merges of a head are in order. The open one is the newest, and readers use it if it is switched.
fn merges_agree(head: &Head) -> bool {
    let Some(OpenMerge { number, phase, .. }) = head.merge else { return head.merged <= head.merges };
    let is_used = head.merged == number;
    number == head.merges && head.merged <= number && is_used == (phase == MergePhase::Switched)
}

pub(crate) fn read_head(item: &Item) -> Result<Head> {
    let reader = reader(item);
    // Before anything else: a newer version may store anything else differently.
    let format = reader.number("format")?;
    if format > u64::from(FORMAT) {
        return Err(reader.newer(format));
    }
    let open = match reader.number_if("open_batch")? {
        None => None,
        Some(first_seq) => {
            let phase = reader.parsed("open_phase", |text| match text {
                COMMITTED => Some(Phase::Committed),
                PUBLISHED => Some(Phase::Published),
                VOID => Some(Phase::Void),
                _ => None,
            })?;
            Some(OpenBatch { first_seq: Seq(first_seq), phase })
        }
    };
    let head = Head {
        home: Home { table: reader.text("table")?, bucket: reader.text("bucket")? },
        version: reader.number("version")?,
        next_seq: Seq(reader.number("next_seq")?),
        open,
        daily: reader.parsed_if("daily", |text| text.parse::<Day>().ok())?,
        claims: reader.number("claims")?,
        claim: reader.parsed_if("claim", |text| text.parse().ok())?,
        log_id: reader.parsed_if("log_id", |text| text.parse().ok())?,
        frontier: reader
            .bytes_if("frontier")?
            .and_then(|bytes| Frontier::from_bytes(&bytes))
            .ok_or_else(|| reader.malformed("frontier"))?,
        merges: reader.number("merges")?,
        merged: reader.number("merged")?,
        merge: read_open_merge(&reader)?,
    };
    if !merges_agree(&head) {
        return Err(reader.malformed("merge"));
    }
    // A stored head never has version 0, which is that of an absent head.
    if head.is_absent() {
        return Err(reader.malformed("version"));
    }
    if head.generation() != reader.number("generation")? {
        return Err(reader.malformed("generation"));
    }
    if head.claim.is_some() != (head.claims > 0) {
        return Err(reader.malformed("claim"));
    }
    // An open batch has rows, unless it became void.
    let is_placed = head.open.is_none_or(|open| match open.phase {
        Phase::Committed | Phase::Published => open.first_seq < head.next_seq,
        Phase::Void => open.first_seq == head.next_seq,
    });
    if is_placed { Ok(head) } else { Err(reader.malformed("open_batch")) }
}

pub(crate) fn write_claim(org_id: &OrgId, claim: &SealedClaim) -> Writer {
    key(org_id, keys::claim(claim.number)).bytes_if("bytes", Some(&claim.bytes))
}

pub(crate) fn read_claim(item: &Item) -> Result<SealedClaim> {
    let reader = reader(item);
    let number = reader.parsed(keys::SK, keys::read_claim)?;
    let bytes = reader.bytes_if("bytes")?.ok_or_else(|| reader.malformed("bytes"))?;
    Ok(SealedClaim { number, bytes })
}

pub(crate) fn write_batch(org_id: &OrgId, batch: &BatchRecord) -> Writer {
    key(org_id, keys::batch(batch.first_seq))
        .number("first_seq", batch.first_seq.0)
        .number("rows", batch.rows)
        .texts("segments", batch.segments.iter().map(|name| keys::segment(*name)))
}

pub(crate) fn read_batch(item: &Item) -> Result<BatchRecord> {
    let reader = reader(item);
    let names = reader.texts("segments")?;
    let segments = names.iter().map(|name| keys::read_segment(name).ok_or_else(|| reader.malformed("segments")));
    let first_seq = reader.parsed(keys::SK, keys::read_batch)?;
    if reader.number("first_seq")? != first_seq.0 {
        return Err(reader.malformed("first_seq"));
    }
    Ok(BatchRecord { first_seq, rows: rows(&reader, first_seq)?, segments: segments.collect::<Result<_, _>>()? })
}

pub(crate) fn write_merge(org_id: &OrgId, merge: &MergeRecord) -> Writer {
    let source = |source: &MergeSource| format!("{} {} {}", keys::segment(source.name), source.sha256, source.key);
    key(org_id, keys::merge(merge.number))
        .text("month", merge.month.to_string())
        .number("rows", merge.rows)
        .text("decided_at", merge.decided_at.to_string())
        .texts("sources", merge.sources.iter().map(source))
        .texts("targets", merge.targets.iter().map(|name| keys::segment(*name)))
}

pub(crate) fn read_merge(item: &Item) -> Result<MergeRecord> {
    let reader = reader(item);
    let source = |text: &String| {
        let mut parts = text.splitn(3, ' ');
        let (name, sha256, key) = (parts.next()?, parts.next()?, parts.next()?);
        Some(MergeSource { name: keys::read_segment(name)?, key: key.to_owned(), sha256: sha256.parse().ok()? })
    };
    let (sources, targets) = (reader.texts("sources")?, reader.texts("targets")?);
    let sources = sources.iter().map(|text| source(text).ok_or_else(|| reader.malformed("sources")));
    let targets = targets.iter().map(|text| keys::read_segment(text).ok_or_else(|| reader.malformed("targets")));
    Ok(MergeRecord {
        number: reader.parsed(keys::SK, keys::read_merge)?,
        month: reader.parsed("month", |text| text.parse().ok())?,
        sources: sources.collect::<Result<_>>()?,
        targets: targets.collect::<Result<_>>()?,
        rows: reader.number("rows")?,
        decided_at: reader.instant("decided_at")?,
    })
}

/// Reads the rows of a batch or segment: at least one, and no more than there are sequence numbers.
fn rows(reader: &Reader<'_>, first_seq: Seq) -> Result<u64> {
    let rows = reader.number("rows")?;
    let fits = rows > 0 && first_seq.0.checked_add(rows).is_some();
    fits.then_some(rows).ok_or_else(|| reader.malformed("rows"))
}

pub(crate) fn write_segment(org_id: &OrgId, segment: &SegmentRecord) -> Writer {
    let staged = segment.staged.as_ref();
    let text = |of: fn(&Staged) -> &str| staged.map_or("", of);
    key(org_id, keys::segment(segment.name()))
        .number("rows", segment.rows)
        .text_if("runs", Some(SeqRun::to_text(&segment.runs)).filter(|runs| !runs.is_empty()))
        .number("ranges", segment.ranges.into())
        .number("bytes", segment.bytes)
        .text("sha256", segment.sha256.to_string())
        .number("tail_bytes", segment.tail.bytes)
        .number("tail_crc32c", segment.tail.crc32c.into())
        .text("key", &segment.key)
        .text("staged_key", text(|staged| &staged.key))
        .text("staged_etag", text(|staged| &staged.etag))
        .text_if("staged_at", staged.map(|staged| staged.at.to_string()))
        .text("first", segment.first.to_string())
        .text("last", segment.last.to_string())
        .text("days", segment.days.to_text())
        .texts("categories", segment.categories.iter().cloned())
        .texts_if("actions", segment.actions.clone())
}

pub(crate) fn read_segment(item: &Item) -> Result<SegmentRecord> {
    let reader = reader(item);
    let name = reader.parsed(keys::SK, keys::read_segment)?;
    let rows = rows(&reader, name.first_seq)?;
    // A search skips a segment by these days and positions, so an item with other ones than those of its rows is
    // malformed as far as that can be seen.
    let days =
        reader.parsed("days", |text| DayRows::from_text(name.month, text).filter(|days| days.total() == rows))?;
    let of_day =
        |text: &str, day: Option<Day>| text.parse::<EventId>().ok().filter(|id| Some(id.occurred_at().day()) == day);
    let first = reader.parsed("first", |text| of_day(text, days.iter().map(|(day, _)| day).min()))?;
    let last = reader.parsed("last", |text| of_day(text, days.iter().map(|(day, _)| day).max()))?;
    if last < first {
        return Err(reader.malformed("last"));
    }
    let (staged_key, etag) = (reader.text("staged_key")?, reader.text("staged_etag")?);
    let staged = match staged_key.is_empty() {
        true => None,
        false => Some(Staged { key: staged_key, etag, at: reader.instant("staged_at")? }),
    };
    let record = SegmentRecord {
        month: name.month,
        first_seq: name.first_seq,
        merge: name.merge,
        rows,
        runs: reader.parsed_if("runs", SeqRun::from_text)?.unwrap_or_default(),
        ranges: u32::try_from(reader.number("ranges")?).map_err(|_| reader.malformed("ranges"))?,
        bytes: reader.number("bytes")?,
        sha256: reader.parsed("sha256", |text| text.parse().ok())?,
        tail: Tail {
            bytes: reader.number("tail_bytes")?,
            crc32c: u32::try_from(reader.number("tail_crc32c")?).map_err(|_| reader.malformed("tail_crc32c"))?,
        },
        key: reader.text("key")?,
        staged,
        first,
        last,
        days,
        actions: reader.texts_if("actions")?,
        categories: reader.texts("categories")?,
    };
    if record.has_its_runs() { Ok(record) } else { Err(reader.malformed("runs")) }
}

#[cfg(test)]
mod tests;
