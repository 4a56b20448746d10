//! The filters of segments that an instance has read, each part by itself.
//!
//! The filters of a file never change, so a part is cached without a limit in time. What the ledger does not contain is
//! not cached: it may be put a moment later.

use std::sync::Arc;

use audit_core::{FilterPart, OrgId, SegmentFilters, SegmentRecord, Sha256};
use audit_segments::cache::by_bytes;
use audit_tables::{Tables, TablesError};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// The digest covers the footer, which names the org. So no two orgs have a file in common.
type Key = (Sha256, FilterPart);

/// `None` for a part that the filters of the file do not have.
type Part = Option<Arc<[u8]>>;

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Key, Part> for ByBytes {
    fn weight(&self, _: &Key, part: &Part) -> u64 {
        128 + part.as_ref().map_or(0, |bytes| bytes.len() as u64)
    }
}

/// The filters of the segments of all orgs, cached by part.
#[derive(Debug)]
pub(crate) struct FilterCache {
    tables: Tables,
    parts: Cache<Key, Part, ByBytes>,
}

impl FilterCache {
    /// Returns a cache of up to `bytes`.
    pub(crate) fn new(tables: Tables, bytes: u64) -> Self {
        Self { tables, parts: by_bytes(bytes, ByBytes) }
    }

    /// Returns parts of the filters of segments, one for each record. What is not stored is absent, and may contain
    /// anything.
    pub(crate) async fn load(
        &self,
        org_id: &OrgId,
        records: &[Arc<SegmentRecord>],
        parts: &[FilterPart],
    ) -> Result<Vec<SegmentFilters>, TablesError> {
        let mut known: Vec<_> = records.iter().map(|record| self.cached(record.sha256, parts)).collect();
        let missing: Vec<_> = (0..records.len()).filter(|at| known[*at].is_none()).collect();
        if !missing.is_empty() {
            let of_missing: Vec<_> = missing.iter().map(|at| Arc::clone(&records[*at])).collect();
            let read = self.tables.ledger.parts_of_filters(org_id, &of_missing, parts).await?;
            for (at, read) in missing.into_iter().zip(read) {
                known[at] = read.inspect(|filters| self.cache(records[at].sha256, filters, parts));
            }
        }
        Ok(known.into_iter().map(Option::unwrap_or_default).collect())
    }

    fn cached(&self, file: Sha256, parts: &[FilterPart]) -> Option<SegmentFilters> {
        parts.iter().try_fold(SegmentFilters::default(), |filters, part| {
            Some(filters.with(*part, self.parts.get(&(file, *part))?))
        })
    }

    fn cache(&self, file: Sha256, filters: &SegmentFilters, parts: &[FilterPart]) {
        for part in parts {
            self.parts.insert((file, *part), filters.get(*part).cloned());
        }
    }
}
