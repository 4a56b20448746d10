//! The stored form of the ledger: heads, batches and segments as items.

use audit_core::{
    BatchRecord, Day, DayRows, EventId, FORMAT, Frontier, Head, Home, OpenBatch, OrgId, Phase, SealedClaim,
    SegmentRecord, Seq, Staged, Tail,
};

use crate::error::Result;
use crate::items::{Item, Reader, Writer};
use crate::keys;

const COMMITTED: &str = "committed";
const PUBLISHED: &str = "published";
const VOID: &str = "void";

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
        .text_if("daily", head.daily.map(|day| day.to_string()));
    let Some(OpenBatch { first_seq, phase }) = head.open else { return writer };
    let phase = match phase {
        Phase::Committed => COMMITTED,
        Phase::Published => PUBLISHED,
        Phase::Void => VOID,
    };
    writer.number("open_batch", first_seq.0).text("open_phase", phase)
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
    };
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
        actions: reader.texts_if("actions")?,
        categories: reader.texts("categories")?,
    })
}

#[cfg(test)]
mod tests {
    use audit_core::{Archived, LogId, Sha256};
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    fn acme() -> OrgId {
        "acme".parse().unwrap()
    }

    #[test]
    fn the_item_of_a_head_is_read_back_and_one_that_contradicts_itself_is_malformed() {
        let home = Home { table: "ledger".to_owned(), bucket: "archive".to_owned() };
        let claim = |number| SealedClaim { number, bytes: vec![1] };
        let first = Head::default().after_daily(Day(20_000), &home);
        let committed = first.committing(5, &home, LogId::new([1; 16]), &claim(0));
        let mut frontier = Frontier::default();
        (0..5).for_each(|row| frontier.push(Sha256([row; 32])));
        let published = committed.publishing(&frontier, &claim(1));
        let (newest, log_id) = (Some(claim(2).sha256()), Some(LogId::new([1; 16])));
        let archived = Archived { generation: 1, next_seq: Seq(5), claims: 3, newest, log_id, frontier };
        let heads = [
            committed.voiding(&claim(1)),
            published.closing(),
            published.rebuilt(&home, &archived),
            first,
            published,
            committed,
        ];
        let read = |item: &Item| read_head(item).map_err(|error| error.to_string());
        for head in &heads {
            assert_eq!(read(&write_head(&acme(), head).item()), Ok(head.clone()));
        }
        for (name, value) in [("generation", 1), ("claims", 0), ("version", 0), ("next_seq", 0)] {
            let mut item = write_head(&acme(), &heads[5]).item();
            item.insert(name.to_owned(), AttributeValue::N(value.to_string()));
            assert!(read(&item).unwrap_err().contains("malformed"), "{name}");
        }
        let mut item = write_head(&acme(), &heads[5]).item();
        item.remove("frontier");
        assert!(read(&item).unwrap_err().contains("malformed: frontier"));
        item.insert("format".to_owned(), AttributeValue::N("99".to_owned()));
        item.remove("version");
        assert!(read(&item).unwrap_err().contains("has the format 99; a newer version wrote it"));
    }

    #[test]
    fn the_item_of_a_segment_never_changes_and_is_read_back() {
        let acme = acme();
        let first = EventId::first_at(Day(20_000).start());
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
            days: DayRows::from_text(Day(20_000).month(), "04:2/1").unwrap(),
            actions: Some(vec!["member.invited".to_owned()]),
            categories: vec!["team".to_owned()],
        };
        for (segment, key, etag) in [(&staged, "staging/x", "tag"), (&staged.published(), "", "")] {
            let item = write_segment(&acme, segment).item();
            let text = |name: &str| item[name].as_s().unwrap().as_str();
            assert_eq!((text("staged_key"), text("staged_etag")), (key, etag));
            assert_eq!((text("sha256"), text("key")), ("0f".repeat(32).as_str(), "events/x"));
            assert_eq!((text("sk"), text("days")), ("seg#2024-10#00000000000000000007#0", "04:2/1"));
            assert_eq!(item.len(), 15);
            assert_eq!(read_segment(&item).unwrap(), *segment);
        }
    }
}
