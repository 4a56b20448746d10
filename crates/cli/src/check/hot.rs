//! The hot rows of an org.

use audit_core::org::OrgId;
use audit_core::span::{Order, Span};
use audit_tables::events::{HotRow, HotScan};
use audit_tables::{Tables, TablesError};

use super::Checked;

/// Reads every row of every shard. A row that is not the org's, or not in the shard of its id, counts as unreadable.
pub(super) async fn read(checked: &mut Checked, tables: &Tables, org_id: &OrgId) -> Result<(), TablesError> {
    let scan = HotScan { org_id: org_id.clone(), span: Span::ALL, order: Order::Oldest };
    for shard in audit_tables::keys::shards() {
        let mut start = None;
        loop {
            let page = tables.hot_page(&scan, shard, start, None).await?;
            for row in page.rows {
                match row {
                    HotRow::Event(event) => checked.hot.push(event.id),
                    HotRow::Unreadable(error) => checked.unreadable_rows.push(error),
                }
            }
            start = page.next;
            if start.is_none() {
                break;
            }
        }
    }
    Ok(())
}
