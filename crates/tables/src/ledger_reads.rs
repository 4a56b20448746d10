//! Reading the ledger of an org. An item that cannot be read is listed beside those that can be, and stops none of them.

use audit_core::{BatchRecord, Month, Order, OrgId, SegmentName, SegmentRecord, Seq};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::attributes::Item;
use crate::error::{TablesError, failed};
use crate::{Tables, keys, ledger_items};

/// An item of the ledger that cannot be read. It stays as it is.
#[derive(Debug)]
pub struct MalformedItem {
    /// The first sequence number that its key names; `None` where its key is not that of a batch or segment.
    pub first_seq: Option<Seq>,
    /// The item's key and the malformed attribute.
    pub error: TablesError,
}

/// What the ledger lists of one kind.
#[derive(Debug)]
pub struct Listed<T> {
    /// The items that can be read, in the order of their keys.
    pub records: Vec<T>,
    /// The items that cannot be read.
    pub malformed: Vec<MalformedItem>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { records: Vec::new(), malformed: Vec::new() }
    }
}

impl<T> Listed<T> {
    /// Takes the first malformed item that may belong below `visible`.
    ///
    /// # Guarantees
    ///
    /// An item whose key does not name its sequence number may belong anywhere.
    pub fn malformed_below(&mut self, visible: Seq) -> Option<MalformedItem> {
        let is_below = |item: &MalformedItem| item.first_seq.is_none_or(|first_seq| first_seq < visible);
        let at = self.malformed.iter().position(is_below)?;
        Some(self.malformed.swap_remove(at))
    }

    fn add(
        &mut self,
        item: &Item,
        read: impl Fn(&Item) -> Result<T, TablesError>,
        first_seq: impl Fn(&str) -> Option<Seq>,
    ) {
        match read(item) {
            Ok(record) => self.records.push(record),
            Err(error) => {
                let first_seq = sort_key(item).and_then(first_seq);
                self.malformed.push(MalformedItem { first_seq, error });
            }
        }
    }
}

fn sort_key(item: &Item) -> Option<&str> {
    item.get(keys::SK).and_then(|sk| sk.as_s().ok()).map(String::as_str)
}

/// The sort keys of a query, both included, and its order.
struct Range {
    keys: (String, String),
    order: Order,
}

impl Range {
    fn of(keys: (String, String)) -> Self {
        Self { keys, order: Order::Oldest }
    }
}

impl Tables {
    /// Reads a batch, strongly consistent.
    pub async fn batch(&self, org_id: &OrgId, first_seq: Seq) -> Result<Option<BatchRecord>, TablesError> {
        let item = self.ledger_item(org_id, keys::batch(first_seq)).await?;
        item.map(|item| ledger_items::read_batch(&item)).transpose()
    }

    /// Reads the batches from `first_seq` on, in order, strongly consistent.
    ///
    /// # Errors
    ///
    /// Also where one of them is malformed. [`Tables::list_batches`] returns the others.
    pub async fn batches(&self, org_id: &OrgId, first_seq: Seq) -> Result<Vec<BatchRecord>, TablesError> {
        let Listed { records, malformed } = self.list_batches(org_id, first_seq).await?;
        malformed.into_iter().next().map_or(Ok(records), |item| Err(item.error))
    }

    /// Lists the batches from `first_seq` on, in order, strongly consistent.
    pub async fn list_batches(&self, org_id: &OrgId, first_seq: Seq) -> Result<Listed<BatchRecord>, TablesError> {
        let mut listed = Listed::default();
        let add = |item: Item| listed.add(&item, ledger_items::read_batch, keys::read_batch);
        self.each_ledger_item(org_id, Range::of(keys::batch_range(first_seq)), add).await?;
        Ok(listed)
    }

    /// Reads one segment's record, strongly consistent.
    pub async fn segment(&self, org_id: &OrgId, name: SegmentName) -> Result<Option<SegmentRecord>, TablesError> {
        let item = self.ledger_item(org_id, keys::segment(name)).await?;
        item.map(|item| ledger_items::read_segment(&item)).transpose()
    }

    /// Lists the segments of a month, by day and sequence number, strongly consistent.
    pub async fn segments_of_month(&self, org_id: &OrgId, month: Month) -> Result<Listed<SegmentRecord>, TablesError> {
        self.list_segments(org_id, keys::month_range(month, month)).await
    }

    /// Lists all segments, by day and sequence number, strongly consistent.
    pub(crate) async fn all_segments(&self, org_id: &OrgId) -> Result<Listed<SegmentRecord>, TablesError> {
        self.list_segments(org_id, keys::all_segments()).await
    }

    async fn list_segments(
        &self,
        org_id: &OrgId,
        range: (String, String),
    ) -> Result<Listed<SegmentRecord>, TablesError> {
        let mut listed = Listed::default();
        let first_seq = |sk: &str| keys::read_segment(sk).map(|name| name.first_seq);
        let add = |item: Item| listed.add(&item, ledger_items::read_segment, first_seq);
        self.each_ledger_item(org_id, Range::of(range), add).await?;
        Ok(listed)
    }

    /// The first month in `order`, from `first` to `last`, that has a segment, readable or not, strongly consistent.
    pub async fn month_with_segments(
        &self,
        org_id: &OrgId,
        first: Month,
        last: Month,
        order: Order,
    ) -> Result<Option<Month>, TablesError> {
        let range = Range { keys: keys::month_range(first, last), order };
        let mut start = None;
        loop {
            let page = self.ledger_page(org_id, &range, start, Some(1)).await?;
            // A key without a month is that of no segment, so the next item decides.
            let month = page.items().iter().find_map(|item| sort_key(item).and_then(keys::read_month));
            start = page.last_evaluated_key;
            // An empty page is the end only if it has no key to continue from.
            if month.is_some() || start.is_none() {
                return Ok(month);
            }
        }
    }

    pub(crate) async fn ledger_item(&self, org_id: &OrgId, sk: String) -> Result<Option<Item>, TablesError> {
        let got = self
            .client
            .get_item()
            .table_name(&self.names.ledger)
            .key(keys::ORG_ID, AttributeValue::S(org_id.to_string()))
            .key(keys::SK, AttributeValue::S(sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(failed("GetItem"))?;
        Ok(got.item)
    }

    /// All items of a range of sort keys.
    pub(crate) async fn ledger_range(&self, org_id: &OrgId, range: (String, String)) -> Result<Vec<Item>, TablesError> {
        let mut items = Vec::new();
        self.each_ledger_item(org_id, Range::of(range), |item| items.push(item)).await?;
        Ok(items)
    }

    /// Calls `take` for each item of a range, page by page, so that memory contains one page of items.
    async fn each_ledger_item(
        &self,
        org_id: &OrgId,
        range: Range,
        mut take: impl FnMut(Item),
    ) -> Result<(), TablesError> {
        let mut start = None;
        loop {
            let page = self.ledger_page(org_id, &range, start, None).await?;
            page.items.into_iter().flatten().for_each(&mut take);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    async fn ledger_page(
        &self,
        org_id: &OrgId,
        range: &Range,
        start: Option<Item>,
        limit: Option<i32>,
    ) -> Result<QueryOutput, TablesError> {
        let (first, last) = range.keys.clone();
        self.client
            .query()
            .table_name(&self.names.ledger)
            .key_condition_expression("org_id = :org_id AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":org_id", AttributeValue::S(org_id.to_string()))
            .expression_attribute_values(":first", AttributeValue::S(first))
            .expression_attribute_values(":last", AttributeValue::S(last))
            .scan_index_forward(range.order == Order::Oldest)
            .set_exclusive_start_key(start)
            .set_limit(limit)
            .consistent_read(true)
            .send()
            .await
            .map_err(failed("Query"))
    }
}
