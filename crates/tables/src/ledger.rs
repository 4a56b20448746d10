//! The ledger: what is archived, and how far the open batch has come.
//!
//! The head is the only item that changes. Every write of it is conditional on the version that was read, and raises it;
//! a write whose outcome is unknown is settled by reading the head again.

use std::collections::HashMap;

use audit_core::{BatchRecord, Head, OrgId, SegmentRecord};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use futures::FutureExt as _;

use crate::attributes::Item;
use crate::error::TablesError;
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
}
