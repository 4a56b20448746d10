//! The segments of months in a row. A request costs more than the items of a quiet month, so several are read together.

use audit_core::{Month, Order, OrgId};

use crate::error::{Result, failed};
use crate::items::sort_key;
use crate::keys;
use crate::ledger::LedgerTable;
use crate::listed::ListedSegments;
use crate::send::Request as _;

/// Months of the ledger, each of them whole.
#[derive(Debug, Default)]
pub struct ListedMonths {
    /// The months that have items, in the order of the request. The records of each are by sequence number.
    pub months: Vec<(Month, ListedSegments)>,
    /// Whether the requested range has no further item. Otherwise nothing is known of the months after the last one.
    pub is_end: bool,
}

impl LedgerTable {
    /// Lists the segments of the months from `first` to `last`, in `order`, strongly consistent: those of the months
    /// that end within the first `items` items, or within one page if that is `None`, and at least one month, if any
    /// has an item.
    ///
    /// # Guarantees
    ///
    /// A month between two listed ones, or before the first one, has no item. A page that is empty before the end of the
    /// range proves nothing, and the next one is read.
    pub async fn segments_of_months(
        &self,
        org_id: &OrgId,
        (first, last): (Month, Month),
        order: Order,
        items: Option<i32>,
    ) -> Result<ListedMonths> {
        let query = self.query(org_id, keys::month_range(first, last)).scan_index_forward(order == Order::Oldest);
        let mut query = query.set_limit(items);
        let mut listed = ListedMonths::default();
        loop {
            let page = query.clone().sent().await.map_err(failed("Query"))?;
            for item in page.items() {
                // A key without a month is not that of a segment.
                let Some(month) = sort_key(item).and_then(keys::read_month) else { continue };
                match listed.months.last_mut() {
                    Some((of, segments)) if *of == month => segments.add_segment(item),
                    _ => {
                        let mut segments = ListedSegments::default();
                        segments.add_segment(item);
                        listed.months.push((month, segments));
                    }
                }
            }
            listed.is_end = page.last_evaluated_key.is_none();
            if !listed.is_end && listed.months.len() > 1 {
                // Its other items may follow.
                listed.months.pop();
                break;
            }
            if listed.is_end {
                break;
            }
            query = query.set_limit(None).set_exclusive_start_key(page.last_evaluated_key);
        }
        if order == Order::Newest {
            listed.months.iter_mut().for_each(|(_, segments)| segments.records.reverse());
        }
        Ok(listed)
    }
}
