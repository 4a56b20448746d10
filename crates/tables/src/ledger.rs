//! The ledger table: what is archived of each org, and how far its open batch has come.
//!
//! The head is the only item that changes. Every write of the head is conditional on the version that was read, and
//! raises it. If the outcome of a write is unknown, the caller reads the head again. A malformed item is listed with
//! the readable ones.

use std::collections::HashMap;

use audit_core::{BatchRecord, Head, Month, OrgId, SealedClaim, SegmentName, SegmentRecord, Seq};
use aws_sdk_dynamodb::operation::query::{QueryOutput, builders::QueryFluentBuilder};
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};

use crate::conditional::{self, Written};
use crate::error::{Result, unbuilt};
use crate::items::{Item, Table, Writer, find, number};
use crate::keys::{self, SortKeys};
use crate::ledger_items;
use crate::listed::{Listed, ListedSegments};
use crate::send::Request as _;

/// The ledgers of all orgs.
#[derive(Debug, Clone)]
pub struct LedgerTable(pub(crate) Table);

/// The claim of a decision, and the head before and after it.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// The head that was read.
    pub read: &'a Head,
    /// The head that replaces it.
    pub next: &'a Head,
    /// The claim of the decision.
    pub claim: &'a SealedClaim,
}

impl LedgerTable {
    /// Returns the name of the table.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Reads the bytes of a claim, strongly consistent.
    pub async fn claim(&self, org_id: &OrgId, number: u64) -> Result<Option<SealedClaim>> {
        self.item(org_id, &keys::claim(number), ledger_items::read_claim).await
    }

    /// Reads the head of an org, strongly consistent; an absent head is the default one.
    pub async fn head(&self, org_id: &OrgId) -> Result<Head> {
        Ok(self.item(org_id, keys::HEAD, ledger_items::read_head).await?.unwrap_or_default())
    }

    /// Reads a batch, strongly consistent.
    pub async fn batch(&self, org_id: &OrgId, first_seq: Seq) -> Result<Option<BatchRecord>> {
        self.item(org_id, &keys::batch(first_seq), ledger_items::read_batch).await
    }

    /// Lists the batches from `first_seq` on, in order, strongly consistent.
    pub async fn batches(&self, org_id: &OrgId, first_seq: Seq) -> Result<Listed<BatchRecord, Seq>> {
        self.list(org_id, keys::batch_range(first_seq), ledger_items::read_batch, keys::read_batch).await
    }

    /// Reads the record of a segment, strongly consistent.
    pub async fn segment(&self, org_id: &OrgId, name: SegmentName) -> Result<Option<SegmentRecord>> {
        self.item(org_id, &keys::segment(name), ledger_items::read_segment).await
    }

    /// Lists the segments of a month, by sequence number, strongly consistent.
    pub async fn segments_of_month(&self, org_id: &OrgId, month: Month) -> Result<ListedSegments> {
        self.segments(org_id, keys::month_range(month, month)).await
    }

    /// Lists the segments of a range of sort keys, by month and sequence number, strongly consistent.
    pub(crate) async fn segments(&self, org_id: &OrgId, range: SortKeys) -> Result<ListedSegments> {
        let mut listed = ListedSegments::default();
        self.each_item(org_id, range, |item| listed.add_segment(item)).await?;
        Ok(listed)
    }

    /// Replaces the head `read` by `next`.
    pub async fn replace_head(&self, org_id: &OrgId, read: &Head, next: &Head) -> Result<Written> {
        let (condition, values) = unchanged(read);
        let put = self
            .0
            .put(ledger_items::write_head(org_id, next))
            .condition_expression(condition)
            .set_expression_attribute_values(values);
        conditional::write(|| put.clone().sent(), conditional::of_put).await
    }

    /// Commits a batch: the head, the claim, the batch, and its segments, in one transaction.
    ///
    /// # Guarantees
    ///
    /// All or nothing, and only if the head is still the one that was read; no claim, batch or segment is replaced.
    ///
    /// # Errors
    ///
    /// The batch may be committed or not; read the head to find out.
    pub async fn commit(
        &self,
        org_id: &OrgId,
        decided: Decided<'_>,
        batch: &BatchRecord,
        segments: &[SegmentRecord],
    ) -> Result<Written> {
        let mut puts = self.decision(org_id, decided)?;
        puts.extend(self.batch_items(org_id, batch, segments)?);
        self.transact(puts).await
    }

    /// Writes a decision that changes no other item: the head and the claim, in one transaction.
    ///
    /// # Guarantees and errors
    ///
    /// As of [`commit`](Self::commit).
    pub async fn decide(&self, org_id: &OrgId, decided: Decided<'_>) -> Result<Written> {
        self.transact(self.decision(org_id, decided)?).await
    }

    /// Takes a batch out of the ledger, with its segments; otherwise as [`decide`](Self::decide).
    pub async fn forget(&self, org_id: &OrgId, decided: Decided<'_>, batch: &BatchRecord) -> Result<Written> {
        let mut items = self.decision(org_id, decided)?;
        let segments = batch.segments.iter().map(|name| keys::segment(*name));
        for sk in segments.chain([keys::batch(batch.first_seq)]) {
            items.push(self.delete(org_id, sk)?);
        }
        self.transact(items).await
    }

    pub(crate) fn delete(&self, org_id: &OrgId, sk: String) -> Result<TransactWriteItem> {
        let delete = Delete::builder().table_name(&self.0.name).set_key(Some(ledger_items::key(org_id, sk).item()));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(unbuilt(TRANSACTION))?).build())
    }

    pub(crate) fn decision(&self, org_id: &OrgId, decided: Decided<'_>) -> Result<Vec<TransactWriteItem>> {
        let claim = self.new_item(ledger_items::write_claim(org_id, decided.claim));
        Ok(vec![put(self.new_head(org_id, decided.read, decided.next))?, put(claim)?])
    }

    fn batch_items(
        &self,
        org_id: &OrgId,
        batch: &BatchRecord,
        segments: &[SegmentRecord],
    ) -> Result<Vec<TransactWriteItem>> {
        let batch = ledger_items::write_batch(org_id, batch);
        let segments = segments.iter().map(|segment| ledger_items::write_segment(org_id, segment));
        segments.chain([batch]).map(|item| put(self.new_item(item))).collect()
    }

    fn new_head(&self, org_id: &OrgId, read: &Head, next: &Head) -> PutBuilder {
        let (condition, values) = unchanged(read);
        let head = self.new_item(ledger_items::write_head(org_id, next));
        head.condition_expression(condition).set_expression_attribute_values(values)
    }

    pub(crate) fn new_item(&self, item: Writer) -> PutBuilder {
        Put::builder().table_name(&self.0.name).set_item(Some(item.item())).condition_expression(ABSENT)
    }

    pub(crate) async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<Written> {
        let transaction = self.0.client.transact_write_items().set_transact_items(Some(items));
        conditional::write(|| transaction.clone().sent(), conditional::of_transaction).await
    }

    pub(crate) async fn item<T>(
        &self,
        org_id: &OrgId,
        sk: &str,
        read: impl Fn(&Item) -> Result<T>,
    ) -> Result<Option<T>> {
        self.0.get(ledger_items::key(org_id, sk)).await?.map(|item| read(&item)).transpose()
    }

    pub(crate) async fn list<T, N>(
        &self,
        org_id: &OrgId,
        range: SortKeys,
        read: impl Fn(&Item) -> Result<T>,
        name: impl Fn(&str) -> Option<N>,
    ) -> Result<Listed<T, N>> {
        let mut listed = Listed::default();
        self.each_item(org_id, range, |item| listed.add(item, &read, &name)).await?;
        Ok(listed)
    }

    /// Calls `take` for each item of a range, page by page, so that memory contains one page of items.
    pub(crate) async fn each_item(&self, org_id: &OrgId, range: SortKeys, mut take: impl FnMut(&Item)) -> Result<()> {
        let take_all = |page: QueryOutput| {
            page.items().iter().for_each(&mut take);
            None::<()>
        };
        find(self.query(org_id, range), take_all).await.map(drop)
    }

    pub(crate) fn query(&self, org_id: &OrgId, range: SortKeys) -> QueryFluentBuilder {
        self.0.query((keys::ORG_ID, org_id.to_string()), range)
    }
}

pub(crate) const TRANSACTION: &str = "TransactWriteItems";

pub(crate) fn put(built: PutBuilder) -> Result<TransactWriteItem> {
    Ok(TransactWriteItem::builder().put(built.build().map_err(unbuilt(TRANSACTION))?).build())
}

/// The condition that no item has the key.
const ABSENT: &str = "attribute_not_exists(org_id)";

/// Returns the condition that the head is still the one that was read, with its values. An absent head has version 0.
pub(crate) fn unchanged(read: &Head) -> (&'static str, Option<HashMap<String, AttributeValue>>) {
    match read.version {
        0 => (ABSENT, None),
        version => ("version = :version", Some(HashMap::from([(":version".to_owned(), number(version))]))),
    }
}
