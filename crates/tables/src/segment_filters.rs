//! The filters of segments, items of the ledger under the SHA-256 of the segment's file.
//!
//! The head does not guard them: their key determines their content, so a write may be repeated or arrive late. For the
//! same reason they are read eventually consistent. What is not found may contain anything.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use audit_core::{FilterPart, OrgId, SegmentFilters, SegmentRecord, error::chain};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use crate::conditional;
use crate::error::{Result, TablesError, failed, unbuilt};
use crate::items::{self, Item, Reader, Writer};
use crate::keys;
use crate::ledger::LedgerTable;
use crate::ledger_items::key;
use crate::send::Request as _;

const OPERATION: &str = "BatchGetItem";

/// Keys of one request; DynamoDB's limit.
const BATCH_KEYS: usize = 100;
/// Requests in flight.
const IN_FLIGHT: usize = 4;
/// How often keys are sent that DynamoDB does not process.
const ATTEMPTS: u32 = 6;
/// The pause after the first of these attempts; doubles after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The block of a Bloom filter. A truncated filter would rule out values of the segment.
const BLOOM_BLOCK: usize = 32;

impl LedgerTable {
    /// Stores the filters of a segment.
    ///
    /// # Guarantees
    ///
    /// Safe to repeat, and safe to arrive late: another attempt to write the same numbers has another file, and so
    /// another key.
    pub async fn put_filters(&self, org_id: &OrgId, segment: &SegmentRecord, filters: &SegmentFilters) -> Result<()> {
        let put = self.0.put(write(org_id, segment, filters));
        conditional::write(|| put.clone().sent(), conditional::of_put).await.map(drop)
    }

    /// Reads the filters of a segment, strongly consistent; `None` if they are not stored.
    pub async fn filters(&self, org_id: &OrgId, segment: &SegmentRecord) -> Result<Option<SegmentFilters>> {
        let item = self.0.get(key(org_id, sort_key(segment))).await?;
        item.map(|item| read(&item, &FilterPart::ALL)).transpose()
    }

    /// Reads parts of the filters of segments, eventually consistent, by sort key. An item that is absent or malformed is
    /// not in the result.
    async fn parts_by_key(
        &self,
        org_id: &OrgId,
        sort_keys: &[String],
        parts: &[FilterPart],
    ) -> Result<HashMap<String, SegmentFilters>> {
        let requests: Vec<_> = sort_keys.chunks(BATCH_KEYS).map(|some| self.get_some(org_id, some, parts)).collect();
        stream::iter(requests).buffer_unordered(IN_FLIGHT).try_concat().await
    }

    /// Reads parts of the filters of segments, eventually consistent; `None` if the item is absent or malformed.
    pub async fn parts_of_filters(
        &self,
        org_id: &OrgId,
        segments: &[Arc<SegmentRecord>],
        parts: &[FilterPart],
    ) -> Result<Vec<Option<SegmentFilters>>> {
        let sort_keys: Vec<_> = segments.iter().map(|segment| sort_key(segment)).collect();
        let distinct: HashSet<_> = sort_keys.iter().cloned().collect();
        let found = self.parts_by_key(org_id, &distinct.into_iter().collect::<Vec<_>>(), parts).await?;
        Ok(sort_keys.iter().map(|sk| found.get(sk).cloned()).collect())
    }

    async fn get_some(
        &self,
        org_id: &OrgId,
        sort_keys: &[String],
        parts: &[FilterPart],
    ) -> Result<HashMap<String, SegmentFilters>> {
        let mut keys = keys_and_attributes(org_id, sort_keys, parts)?;
        let mut found = HashMap::with_capacity(sort_keys.len());
        for attempt in 0..ATTEMPTS {
            let get = self.0.client.batch_get_item().request_items(&self.0.name, keys);
            let got = get.sent().await.map_err(failed(OPERATION))?;
            for item in got.responses.unwrap_or_default().into_values().flatten() {
                let Some(sk) = items::sort_key(&item) else { continue };
                match read(&item, parts) {
                    Ok(filters) => _ = found.insert(sk.to_owned(), filters),
                    Err(error) => {
                        let error = chain(&error);
                        tracing::error!(%org_id, error, "the filters of a segment cannot be read; it is not skipped");
                    }
                }
            }
            match got.unprocessed_keys.unwrap_or_default().remove(&self.0.name) {
                Some(unprocessed) => keys = unprocessed,
                None => return Ok(found),
            }
            sleep(FIRST_PAUSE * (1 << attempt)).await;
        }
        Err(TablesError::Unprocessed { keys: keys.keys().len() })
    }
}

/// Returns the sort key of the filters of a segment, which determines their content.
fn sort_key(segment: &SegmentRecord) -> String {
    keys::filters(segment.sha256)
}

/// Builds the request for parts of filters. The names of the parts are not all allowed in an expression.
fn keys_and_attributes(org_id: &OrgId, sort_keys: &[String], parts: &[FilterPart]) -> Result<KeysAndAttributes> {
    let mut request = KeysAndAttributes::builder();
    for sk in sort_keys {
        request = request.keys(key(org_id, sk).item());
    }
    let mut names = vec!["#sk".to_owned()];
    request = request.expression_attribute_names("#sk", keys::SK);
    for part in parts {
        names.push(format!("#{}", part.name()));
        request = request.expression_attribute_names(format!("#{}", part.name()), part.name());
    }
    request.projection_expression(names.join(", ")).build().map_err(unbuilt(OPERATION))
}

fn write(org_id: &OrgId, segment: &SegmentRecord, filters: &SegmentFilters) -> Writer {
    let item = key(org_id, sort_key(segment));
    FilterPart::ALL.into_iter().fold(item, |item, part| item.bytes_if(part.name(), filters.get(part).map(Arc::as_ref)))
}

fn read(item: &Item, parts: &[FilterPart]) -> Result<SegmentFilters> {
    let reader = Reader { table: "ledger", item };
    parts.iter().try_fold(SegmentFilters::default(), |filters, part| {
        let bytes = reader.bytes_if(part.name())?;
        let is_whole = |bytes: &Vec<u8>| match part {
            FilterPart::Counts => !bytes.is_empty(),
            _ => !bytes.is_empty() && bytes.len().is_multiple_of(BLOOM_BLOCK),
        };
        match bytes {
            Some(bytes) if !is_whole(&bytes) => Err(reader.malformed(part.name())),
            bytes => Ok(filters.with(*part, bytes)),
        }
    })
}

#[cfg(test)]
mod tests {
    use audit_core::{Day, DayRows, EventId, Seq, Sha256, Tail};

    use super::*;

    fn segment(sha256: Sha256) -> SegmentRecord {
        let first = EventId::first_at(Day(20_000).start());
        SegmentRecord {
            month: Day(20_000).month(),
            first_seq: Seq(7),
            merge: 0,
            rows: 1,
            runs: Vec::new(),
            ranges: 1,
            bytes: 1,
            sha256,
            tail: Tail { bytes: 1, crc32c: 0 },
            key: String::new(),
            staged: None,
            first,
            last: first,
            days: DayRows::default(),
            actions: None,
            categories: Vec::new(),
        }
    }

    #[test]
    fn the_item_of_filters_never_changes_and_is_read_back() {
        let acme = "acme".parse::<OrgId>().unwrap();
        let filters = SegmentFilters::default()
            .with(FilterPart::Actors, Some(vec![1; 32]))
            .with(FilterPart::Addresses, Some(vec![2; 64]))
            .with(FilterPart::Counts, Some(vec![1, 2, 3]));
        let item = write(&acme, &segment(Sha256([0x0f; 32])), &filters).item();
        let mut names: Vec<_> = item.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["actors", "addresses", "counts", "org_id", "sk"]);
        assert_eq!(item["sk"].as_s().unwrap(), &format!("filters#{}", "0f".repeat(32)));
        assert_eq!(read(&item, &FilterPart::ALL).unwrap(), filters);
        let counts = SegmentFilters::default().with(FilterPart::Counts, filters.get(FilterPart::Counts).cloned());
        assert_eq!(read(&item, &[FilterPart::Counts]).unwrap(), counts, "no part that was not asked");
    }

    #[test]
    fn a_truncated_bloom_filter_is_malformed() {
        let acme = "acme".parse::<OrgId>().unwrap();
        for bytes in [vec![], vec![1; 31], vec![1; 33]] {
            let filters = SegmentFilters::default().with(FilterPart::Targets, Some(bytes));
            let item = write(&acme, &segment(Sha256([1; 32])), &filters).item();
            let error = read(&item, &FilterPart::ALL).unwrap_err().to_string();
            assert!(error.ends_with("is malformed: targets"), "{error}");
        }
    }
}
