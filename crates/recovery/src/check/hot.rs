//! The hot rows of an org.

use audit_core::{EventId, Order, OrgId, Span};
use audit_tables::{HotRow, HotScan, Tables, TablesError};

/// The ids of all rows, shard by shard, and the rows that cannot be read.
///
/// A row that is not the org's, or not in the shard of its id, counts as unreadable.
pub(crate) async fn read(tables: &Tables, org_id: &OrgId) -> Result<(Vec<EventId>, Vec<TablesError>), TablesError> {
    let scan = HotScan { org_id: org_id.clone(), span: Span::ALL, order: Order::Oldest };
    let (mut ids, mut unreadable) = (Vec::new(), Vec::new());
    for shard in audit_tables::keys::shards() {
        let mut start = None;
        loop {
            let page = tables.hot_page(&scan, shard, start, None).await?;
            for row in page.rows {
                match row {
                    HotRow::Event(event) => ids.push(event.id),
                    HotRow::Unreadable { error, .. } => unreadable.push(error),
                }
            }
            start = page.next;
            if start.is_none() {
                break;
            }
        }
    }
    Ok((ids, unreadable))
}
