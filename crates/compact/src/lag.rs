//! How long an org's hot rows have waited.

use audit_core::{Order, OrgId, Span, UnixMicros};
use audit_tables::{HotRow, HotScan, TablesError};

use crate::Compactor;

impl Compactor {
    /// The age of the first readable row of each shard, the oldest of them, in seconds; 0 where no row waits.
    ///
    /// A row that cannot be read hides no row after it. The passes count it themselves.
    pub(crate) async fn lag_seconds(&self, org_id: &OrgId) -> Result<u64, TablesError> {
        let scan = HotScan { org_id: org_id.clone(), span: Span::ALL, order: Order::Oldest };
        let now = self.clock.now();
        let mut oldest = now;
        for shard in audit_tables::keys::shards() {
            let stored = self.first_stored(&scan, shard).await?;
            oldest = oldest.min(stored.unwrap_or(now));
        }
        Ok(now.since(oldest).as_secs())
    }

    /// When the first readable row of a shard was stored.
    async fn first_stored(&self, scan: &HotScan, shard: u8) -> Result<Option<UnixMicros>, TablesError> {
        // One row at first: nearly always it can be read.
        let (mut start, mut rows) = (None, Some(1));
        loop {
            let page = self.tables.hot_page(scan, shard, start, rows).await?;
            let stored = page.rows.iter().find_map(|row| match row {
                HotRow::Event(event) => Some(event.ingested_at),
                HotRow::Unreadable { .. } => None,
            });
            if stored.is_some() || page.next.is_none() {
                return Ok(stored);
            }
            // FullSegment pages from here on.
            (start, rows) = (page.next, None);
        }
    }
}
