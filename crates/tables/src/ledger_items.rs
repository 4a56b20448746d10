//! The stored form of the ledger: heads, batches and segments as items.

use audit_core::{
    BatchRecord, Day, DayRows, EventId, Head, OpenBatch, OrgId, Phase, SegmentCounts, SegmentRecord, Seq, Staged, Tail,
};

use crate::error::Result;
use crate::items::{Item, Reader, Writer};
use crate::keys;

const COMMITTED: &str = "committed";
const PUBLISHED: &str = "published";
/// The Bloom filter over actors. The first format stored one under another name, with e-mail addresses folded in
/// another way. That one is not read, so that a search opens such a segment, which is then refused by its format.
const ACTORS: &str = "actors_folded";

fn reader(item: &Item) -> Reader<'_> {
    Reader { table: "ledger", item }
}

/// Builds the key of an item.
pub(crate) fn key(org_id: &OrgId, sk: impl Into<String>) -> Writer {
    Writer::default().text(keys::ORG_ID, org_id.as_str()).text(keys::SK, sk)
}

pub(crate) fn write_head(org_id: &OrgId, head: &Head) -> Writer {
    let writer = key(org_id, keys::HEAD)
        .number("version", head.version)
        .number("next_seq", head.next_seq.0)
        .text_if("daily", head.daily.map(|day| day.to_string()));
    let Some(OpenBatch { first_seq, phase }) = head.open else { return writer };
    let phase = match phase {
        Phase::Committed => COMMITTED,
        Phase::Published => PUBLISHED,
    };
    writer.number("open_batch", first_seq.0).text("open_phase", phase)
}

pub(crate) fn read_head(item: &Item) -> Result<Head> {
    let reader = reader(item);
    let open = match reader.number_if("open_batch")? {
        None => None,
        Some(first_seq) => {
            let phase = reader.parsed("open_phase", |text| match text {
                COMMITTED => Some(Phase::Committed),
                PUBLISHED => Some(Phase::Published),
                _ => None,
            })?;
            Some(OpenBatch { first_seq: Seq(first_seq), phase })
        }
    };
    let daily = reader.parsed_if("daily", |text| text.parse::<Day>().ok())?;
    let head = Head { version: reader.number("version")?, next_seq: Seq(reader.number("next_seq")?), open, daily };
    // A stored head never has version 0, which is that of an absent head, and an open batch always has rows.
    if head.version == 0 {
        return Err(reader.malformed("version"));
    }
    match head.open {
        Some(open) if open.first_seq >= head.next_seq => Err(reader.malformed("open_batch")),
        _ => Ok(head),
    }
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

/// Reads the rows of a batch or segment: at least one, and no more than there are sequence numbers.
fn rows(reader: &Reader<'_>, first_seq: Seq) -> Result<u64> {
    let rows = reader.number("rows")?;
    let fits = rows > 0 && first_seq.0.checked_add(rows).is_some();
    fits.then_some(rows).ok_or_else(|| reader.malformed("rows"))
}

pub(crate) fn write_segment(org_id: &OrgId, segment: &SegmentRecord) -> Writer {
    let staged = segment.staged.as_ref().map_or(("", ""), |staged| (staged.key.as_str(), staged.etag.as_str()));
    key(org_id, keys::segment(segment.name()))
        .number("rows", segment.rows)
        .number("bytes", segment.bytes)
        .text("sha256", segment.sha256.to_string())
        .number("tail_bytes", segment.tail.bytes)
        .number("tail_crc32c", segment.tail.crc32c.into())
        .text("key", &segment.key)
        .text("staged_key", staged.0)
        .text("staged_etag", staged.1)
        .text("first", segment.first.to_string())
        .text("last", segment.last.to_string())
        .text("days", segment.days.to_text())
        .texts("categories", segment.categories.iter().cloned())
        .texts_if("actions", segment.actions.clone())
        .bytes_if(ACTORS, segment.actors.as_deref())
        .bytes_if("targets", segment.targets.as_deref())
        .bytes_if("addresses", segment.addresses.as_deref())
        .bytes_if("counts", segment.counts.as_ref().map(SegmentCounts::as_bytes))
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
    let (actions, categories) = (reader.texts_if("actions")?, reader.texts("categories")?);
    let counts = reader.bytes_if("counts")?.map(|bytes| {
        let actions = actions.as_ref().map_or(0, Vec::len);
        SegmentCounts::from_bytes(bytes, rows, actions, categories.len()).ok_or_else(|| reader.malformed("counts"))
    });
    let staged = Staged { key: reader.text("staged_key")?, etag: reader.text("staged_etag")? };
    Ok(SegmentRecord {
        month: name.month,
        first_seq: name.first_seq,
        rows,
        bytes: reader.number("bytes")?,
        sha256: reader.parsed("sha256", |text| text.parse().ok())?,
        tail: Tail {
            bytes: reader.number("tail_bytes")?,
            crc32c: u32::try_from(reader.number("tail_crc32c")?).map_err(|_| reader.malformed("tail_crc32c"))?,
        },
        key: reader.text("key")?,
        staged: Some(staged).filter(|staged| !staged.key.is_empty()),
        first,
        last,
        days,
        actions,
        categories,
        actors: bloom(&reader, ACTORS)?,
        targets: bloom(&reader, "targets")?,
        addresses: bloom(&reader, "addresses")?,
        counts: counts.transpose()?,
    })
}

/// Reads a Bloom filter, which consists of blocks of 32 bytes. A truncated filter would rule out values of the segment.
fn bloom(reader: &Reader<'_>, name: &'static str) -> Result<Option<Vec<u8>>> {
    let bits = reader.bytes_if(name)?;
    let is_whole = |bits: &Vec<u8>| !bits.is_empty() && bits.len().is_multiple_of(32);
    if bits.as_ref().is_none_or(is_whole) { Ok(bits) } else { Err(reader.malformed(name)) }
}

#[cfg(test)]
mod tests {
    use audit_core::Sha256;

    use super::*;

    #[test]
    fn the_item_of_a_segment_never_changes_and_is_read_back() {
        let acme = "acme".parse::<OrgId>().unwrap();
        let first = EventId::first_at(Day(20_000).start());
        // Two events in one quarter hour, one of which failed: one cell each.
        let counts = SegmentCounts::from_bytes(vec![1, 0, 2, 1, 0, 0, 1, 1, 0, 1], 2, 1, 1).unwrap();
        let staged = SegmentRecord {
            month: Day(20_000).month(),
            first_seq: Seq(7),
            rows: 2,
            bytes: 100,
            sha256: Sha256([15; 32]),
            tail: Tail { bytes: 40, crc32c: 7 },
            key: "events/x".to_owned(),
            staged: Some(Staged { key: "staging/x".to_owned(), etag: "tag".to_owned() }),
            first,
            last: first,
            days: DayRows::from_text(Day(20_000).month(), "04:2").unwrap(),
            actions: Some(vec!["member.invited".to_owned()]),
            categories: vec!["team".to_owned()],
            actors: Some(vec![1; 32]),
            targets: None,
            addresses: Some(vec![2; 64]),
            counts: Some(counts),
        };
        for (segment, key, etag) in [(&staged, "staging/x", "tag"), (&staged.published(), "", "")] {
            let item = write_segment(&acme, segment).item();
            let text = |name: &str| item[name].as_s().unwrap().as_str();
            assert_eq!((text("staged_key"), text("staged_etag")), (key, etag));
            assert_eq!((text("sha256"), text("key")), ("0f".repeat(32).as_str(), "events/x"));
            assert_eq!((text("sk"), text("days")), ("seg#2024-10#00000000000000000007#0", "04:2"));
            assert_eq!(item.len(), 18);
            assert_eq!(read_segment(&item).unwrap(), *segment);
        }
    }
}
