//! The ledger: what is archived, and how far the open batch has come.
//!
//! The head is the only item that changes. Every write of it is conditional on the version that was read, and raises it;
//! a write whose outcome is unknown is settled by reading the head again.

use std::collections::HashMap;

use audit_core::ledger::{BatchRecord, Head, SegmentName, Seq};
use audit_core::org::OrgId;
use audit_core::segment::SegmentRecord;
use audit_core::span::Order;
use audit_core::time::{Day, Month};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use futures::FutureExt as _;

use crate::attributes::Item;
use crate::error::{TablesError, failed};
use crate::{Tables, conditional, keys, ledger_items};

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is applied.
    Applied,
    /// Its condition failed, mostly because another worker changed the head first; nothing was applied.
    Lost,
}

/// The condition that there is no item of that key.
const ABSENT: &str = "attribute_not_exists(org_id)";

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The condition that the head still is the one that was read, with its values; the absent head has version 0.
fn unchanged(read: &Head) -> (&'static str, Option<HashMap<String, AttributeValue>>) {
    match read.version {
        0 => (ABSENT, None),
        version => ("version = :version", Some(HashMap::from([(":version".to_owned(), number(version))]))),
    }
}

impl Tables {
    /// Reads the head of an org, strongly consistent; an absent head is `{0, 0, none}`.
    pub async fn head(&self, org_id: &OrgId) -> Result<Head, TablesError> {
        let item = self.ledger_item(org_id, keys::HEAD.to_owned()).await?;
        item.map_or(Ok(Head::default()), |item| ledger_items::read_head(&item))
    }

    /// Replaces the head `read` by `next`.
    pub async fn replace_head(&self, org_id: &OrgId, read: &Head, next: &Head) -> Result<Written, TablesError> {
        let (condition, values) = unchanged(read);
        let put = self
            .client
            .put_item()
            .table_name(&self.names.ledger)
            .set_item(Some(ledger_items::write_head(org_id, next)))
            .condition_expression(condition)
            .set_expression_attribute_values(values);
        let attempt = || put.clone().send().map(|sent| sent.map(drop).map_err(conditional::of_put));
        conditional::write(attempt).await
    }

    /// Commits a batch: its segments, its own item, and the head, in one transaction.
    ///
    /// *Guarantees*: all or nothing, and only if the head is still `read`.
    /// *Errors*: the outcome is unknown; read the head.
    pub async fn commit(
        &self,
        org_id: &OrgId,
        read: &Head,
        batch: &BatchRecord,
        segments: &[SegmentRecord],
    ) -> Result<Written, TablesError> {
        self.append(org_id, (read, &read.committing(batch.rows)), batch, segments).await
    }

    /// Takes a batch into the ledger whose segments were found published, as [`Tables::commit`] does.
    ///
    /// *Guarantees*: all or nothing, and only if the head is still `read`; no item is replaced.
    pub async fn recover(
        &self,
        org_id: &OrgId,
        read: &Head,
        batch: &BatchRecord,
        segments: &[SegmentRecord],
    ) -> Result<Written, TablesError> {
        self.append(org_id, (read, &read.recovering(batch.rows)), batch, segments).await
    }

    async fn append(
        &self,
        org_id: &OrgId,
        (read, next): (&Head, &Head),
        batch: &BatchRecord,
        segments: &[SegmentRecord],
    ) -> Result<Written, TablesError> {
        let (condition, values) = unchanged(read);
        let mut puts = vec![
            self.ledger_put(ledger_items::write_head(org_id, next))
                .condition_expression(condition)
                .set_expression_attribute_values(values),
            self.ledger_put(ledger_items::write_batch(org_id, batch)).condition_expression(ABSENT),
        ];
        puts.extend(
            segments.iter().map(|segment| {
                self.ledger_put(ledger_items::write_segment(org_id, segment)).condition_expression(ABSENT)
            }),
        );
        let mut transaction = self.client.transact_write_items();
        for put in puts {
            let put = put
                .build()
                .map_err(|error| TablesError::Failed { operation: "TransactWriteItems", source: error.into() })?;
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        let attempt = || transaction.clone().send().map(|sent| sent.map(drop).map_err(conditional::of_transaction));
        conditional::write(attempt).await
    }

    fn ledger_put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.names.ledger).set_item(Some(item))
    }

    /// Reads a batch, strongly consistent.
    pub async fn batch(&self, org_id: &OrgId, first_seq: Seq) -> Result<Option<BatchRecord>, TablesError> {
        let item = self.ledger_item(org_id, keys::batch(first_seq)).await?;
        item.map(|item| ledger_items::read_batch(&item)).transpose()
    }

    /// Reads the batches from `first_seq` on, in order, strongly consistent.
    pub async fn batches(&self, org_id: &OrgId, first_seq: Seq) -> Result<Vec<BatchRecord>, TablesError> {
        let items = self.ledger_range(org_id, keys::batch_range(first_seq), Order::Oldest, None).await?;
        items.iter().map(ledger_items::read_batch).collect()
    }

    /// Reads one segment's record, strongly consistent.
    pub async fn segment(&self, org_id: &OrgId, name: SegmentName) -> Result<Option<SegmentRecord>, TablesError> {
        let item = self.ledger_item(org_id, keys::segment(name)).await?;
        item.map(|item| ledger_items::read_segment(&item)).transpose()
    }

    /// Reads the segments of a day, in the order of their sequence numbers, strongly consistent.
    pub async fn segments_of_day(&self, org_id: &OrgId, dt: Day) -> Result<Vec<SegmentRecord>, TablesError> {
        let items = self.ledger_range(org_id, keys::day_range(dt), Order::Oldest, None).await?;
        items.iter().map(ledger_items::read_segment).collect()
    }

    /// Reads the segments of a month, by day, strongly consistent.
    pub async fn segments_of_month(&self, org_id: &OrgId, month: Month) -> Result<Vec<SegmentRecord>, TablesError> {
        let items = self.ledger_range(org_id, keys::month_range(month, month), Order::Oldest, None).await?;
        items.iter().map(ledger_items::read_segment).collect()
    }

    /// The first month in `order`, from `first` to `last`, that has a segment, strongly consistent.
    pub async fn month_with_segments(
        &self,
        org_id: &OrgId,
        first: Month,
        last: Month,
        order: Order,
    ) -> Result<Option<Month>, TablesError> {
        let items = self.ledger_range(org_id, keys::month_range(first, last), order, Some(1)).await?;
        let month = items.first().map(|item| ledger_items::read_segment(item).map(|segment| segment.dt.month()));
        month.transpose()
    }

    async fn ledger_item(&self, org_id: &OrgId, sk: String) -> Result<Option<Item>, TablesError> {
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

    /// The ledger items between two sort keys: all of them, or one page of at most `limit`.
    pub(crate) async fn ledger_range(
        &self,
        org_id: &OrgId,
        (first, last): (String, String),
        order: Order,
        limit: Option<i32>,
    ) -> Result<Vec<Item>, TablesError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.names.ledger)
                .key_condition_expression("org_id = :org_id AND sk BETWEEN :first AND :last")
                .expression_attribute_values(":org_id", AttributeValue::S(org_id.to_string()))
                .expression_attribute_values(":first", AttributeValue::S(first.clone()))
                .expression_attribute_values(":last", AttributeValue::S(last.clone()))
                .scan_index_forward(order == Order::Oldest)
                .set_exclusive_start_key(start)
                .set_limit(limit)
                .consistent_read(true)
                .send()
                .await
                .map_err(failed("Query"))?;
            items.extend(page.items.into_iter().flatten());
            start = page.last_evaluated_key;
            if start.is_none() || limit.is_some() {
                return Ok(items);
            }
        }
    }
}
