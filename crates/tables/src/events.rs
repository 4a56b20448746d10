//! The hot events: put, get, and read in order.

use audit_core::{Event, EventId, Order, OrgId, Span};
use aws_sdk_dynamodb::types::{AttributeValue, Select};

use crate::attributes::{Item, item_bytes};
use crate::error::{TablesError, failed};
use crate::{Tables, event_item, keys};

/// Rows of one page at most. A page has 1 MB as well, but the embedded store reads all rows that a page may have before it
/// cuts the page there: without this, a million rows at once.
pub const PAGE_ROWS: i32 = 1_000;

/// What became of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The event is stored.
    Created,
    /// An event of the same id, which means the same event, was stored before.
    Duplicate,
}

/// A row of the events table.
#[derive(Debug)]
pub enum HotRow {
    /// An event.
    Event(Box<Event>),
    /// A row that cannot be read. It is left where it is.
    Unreadable {
        /// Its sort key, which need not be that of an event.
        sk: String,
        /// Why.
        error: TablesError,
    },
}

/// One page of one shard.
#[derive(Debug)]
pub struct HotPage {
    /// The rows, in order.
    pub rows: Vec<HotRow>,
    /// Bytes of these rows, all attributes with their names, as DynamoDB counts them.
    pub bytes: usize,
    /// Where the next page begins; `None` at the end of the shard.
    pub next: Option<PageStart>,
}

/// An opaque place in a shard.
#[derive(Debug, Clone)]
pub struct PageStart(pub(crate) Item);

/// Which rows of an org to read.
#[derive(Debug, Clone)]
pub struct HotScan {
    /// Whose.
    pub org_id: OrgId,
    /// Of which positions.
    pub span: Span,
    /// In which order.
    pub order: Order,
}

impl Tables {
    /// Stores an event unless its id is stored already.
    ///
    /// *Guarantees*: when it returns `Ok`, the event is durable.
    pub async fn put_event(&self, event: &Event) -> Result<Put, TablesError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.names.events)
            .set_item(Some(event_item::write(event)))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(Put::Created),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(Put::Duplicate)
            }
            Err(error) => Err(failed("PutItem")(error)),
        }
    }

    /// Reads the hot event of an id, strongly consistent.
    pub async fn event(&self, org_id: &OrgId, id: EventId) -> Result<Option<Event>, TablesError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.names.events)
            .key(keys::PK, AttributeValue::S(keys::partition(org_id, id.shard())))
            .key(keys::SK, AttributeValue::S(keys::event(id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed("GetItem"))?;
        got.item.map(|item| event_item::read(org_id, &item)).transpose()
    }

    /// Reads one page of one shard, strongly consistent: up to `limit` rows, or [`PAGE_ROWS`].
    ///
    /// # Guarantees
    ///
    /// A page without rows is the end of the shard.
    pub async fn hot_page(
        &self,
        scan: &HotScan,
        shard: u8,
        start: Option<PageStart>,
        limit: Option<i32>,
    ) -> Result<HotPage, TablesError> {
        let mut page = self.any_hot_page(scan, shard, start, limit).await?;
        while page.rows.is_empty()
            && let Some(next) = page.next.take()
        {
            page = self.any_hot_page(scan, shard, Some(next), limit).await?;
        }
        Ok(page)
    }

    /// Reads one page as the table answers it: an empty one is not the end if it has a key to continue from.
    async fn any_hot_page(
        &self,
        scan: &HotScan,
        shard: u8,
        start: Option<PageStart>,
        limit: Option<i32>,
    ) -> Result<HotPage, TablesError> {
        let (first, last) = keys::event_range(scan.span, scan.order);
        let page = self
            .client
            .query()
            .table_name(&self.names.events)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", AttributeValue::S(keys::partition(&scan.org_id, shard)))
            .expression_attribute_values(":first", AttributeValue::S(first))
            .expression_attribute_values(":last", AttributeValue::S(last))
            .scan_index_forward(scan.order == Order::Oldest)
            .set_exclusive_start_key(start.map(|start| start.0))
            .limit(limit.unwrap_or(PAGE_ROWS))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed("Query"))?;
        let items = page.items.unwrap_or_default();
        let bytes = items.iter().map(item_bytes).sum();
        let rows = items.into_iter().filter_map(|item| match event_item::read(&scan.org_id, &item) {
            Ok(event) => scan.span.contains(event.id).then(|| HotRow::Event(Box::new(event))),
            Err(error) => {
                let sk = item.get(keys::SK).and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
                keys::contains(scan.span, scan.order, &sk).then_some(HotRow::Unreadable { sk, error })
            }
        });
        Ok(HotPage { rows: rows.collect(), bytes, next: page.last_evaluated_key.map(PageStart) })
    }

    /// Counts the rows of an org that wait, eventually consistent, and stops at `enough`.
    pub async fn waiting(&self, org_id: &OrgId, enough: u64) -> Result<u64, TablesError> {
        let mut count = 0;
        for shard in keys::shards() {
            let mut start = None;
            loop {
                let page = self
                    .client
                    .query()
                    .table_name(&self.names.events)
                    .key_condition_expression("pk = :pk")
                    .expression_attribute_values(":pk", AttributeValue::S(keys::partition(org_id, shard)))
                    .select(Select::Count)
                    .limit(PAGE_ROWS)
                    .set_exclusive_start_key(start)
                    .send()
                    .await
                    .map_err(failed("Query"))?;
                count += u64::try_from(page.count).unwrap_or(0);
                start = page.last_evaluated_key;
                if count >= enough {
                    return Ok(count);
                }
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(count)
    }
}
