//! The items of a table: their attributes, and the requests that all tables share.

use std::collections::HashMap;

use audit_core::UnixMicros;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::{Result, TablesError, failed};
use crate::keys::{self, SortKeys};
use crate::send::Request as _;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Returns the sort key of an item, also if it is not a key of this service.
pub(crate) fn sort_key(item: &Item) -> Option<&str> {
    item.get(keys::SK).and_then(|sk| sk.as_s().ok()).map(String::as_str)
}

/// A table of DynamoDB.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
}

impl Table {
    pub(crate) fn put(&self, item: Writer) -> PutItemFluentBuilder {
        self.client.put_item().table_name(&self.name).set_item(Some(item.0))
    }

    /// Reads an item, strongly consistent.
    pub(crate) async fn get(&self, key: Writer) -> Result<Option<Item>> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key.0)).consistent_read(true);
        Ok(get.sent().await.map_err(failed("GetItem"))?.item)
    }

    /// Starts a query of a partition, strongly consistent: its sort keys from `first` to `last`, both included, in order.
    pub(crate) fn query(&self, (key, partition): (&str, String), (first, last): SortKeys) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .key_condition_expression(format!("{key} = :{key} AND sk BETWEEN :first AND :last"))
            .expression_attribute_values(format!(":{key}"), text(partition))
            .expression_attribute_values(":first", text(first))
            .expression_attribute_values(":last", text(last))
            .scan_index_forward(true)
            .consistent_read(true)
    }
}

/// Sends a query page by page until `take` returns a value. Returns `None` at the end of the range.
pub(crate) async fn find<T>(
    mut query: QueryFluentBuilder,
    mut take: impl FnMut(QueryOutput) -> Option<T>,
) -> Result<Option<T>> {
    loop {
        let page = query.clone().sent().await.map_err(failed("Query"))?;
        let next = page.last_evaluated_key.clone();
        let found = take(page);
        // A page may be empty before the end of the range.
        if found.is_some() || next.is_none() {
            return Ok(found);
        }
        query = query.set_exclusive_start_key(next);
    }
}

/// Builds an item or its key; an absent value is an absent attribute.
#[derive(Default)]
pub(crate) struct Writer(Item);

impl Writer {
    fn set(mut self, name: &str, value: Option<AttributeValue>) -> Self {
        self.0.extend(value.map(|value| (name.to_owned(), value)));
        self
    }

    pub(crate) fn text(self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, Some(text(value)))
    }

    pub(crate) fn text_if(self, name: &str, value: Option<impl Into<String>>) -> Self {
        self.set(name, value.map(text))
    }

    pub(crate) fn number(self, name: &str, value: u64) -> Self {
        self.set(name, Some(number(value)))
    }

    pub(crate) fn bytes_if(self, name: &str, value: Option<&[u8]>) -> Self {
        self.set(name, value.map(|bytes| AttributeValue::B(Blob::new(bytes))))
    }

    pub(crate) fn texts(self, name: &str, values: impl IntoIterator<Item = String>) -> Self {
        self.texts_if(name, Some(values))
    }

    pub(crate) fn texts_if(self, name: &str, values: Option<impl IntoIterator<Item = String>>) -> Self {
        self.set(name, values.map(|values| AttributeValue::L(values.into_iter().map(text).collect())))
    }

    pub(crate) fn item(self) -> Item {
        self.0
    }
}

/// Counts the bytes of an item, names included, as DynamoDB does; approximately, if it nests.
pub(crate) fn item_bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::L(list) => list.iter().map(value_bytes).sum(),
        AttributeValue::M(map) => item_bytes(map),
        _ => 1,
    }
}

/// Reads an item of a table. `…_if` reads an attribute that may be absent.
///
/// # Errors
///
/// Every method returns [`TablesError::Malformed`] for a value of another type.
pub(crate) struct Reader<'a> {
    pub(crate) table: &'static str,
    pub(crate) item: &'a Item,
}

impl<'a> Reader<'a> {
    /// Reports an attribute as malformed. The item is identified by its keys, which contain no personal data.
    pub(crate) fn malformed(&self, attribute: &'static str) -> TablesError {
        TablesError::Malformed { table: self.table, key: self.keys(), attribute }
    }

    /// Reports an item that a newer version wrote.
    pub(crate) fn newer(&self, format: u64) -> TablesError {
        TablesError::Newer { table: self.table, key: self.keys(), format }
    }

    fn keys(&self) -> String {
        let key = |name: &str| self.item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
        let keys: Vec<_> = [keys::PK, keys::ORG_ID, keys::SK].into_iter().filter_map(key).collect();
        keys.join(" ")
    }

    /// Reads an attribute; `read` returns `None` for a malformed value.
    fn read_if<T>(&self, name: &'static str, read: impl Fn(&'a AttributeValue) -> Option<T>) -> Result<Option<T>> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.malformed(name))
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<String> {
        self.text_if(name)?.ok_or_else(|| self.malformed(name))
    }

    pub(crate) fn text_if(&self, name: &'static str) -> Result<Option<String>> {
        self.parsed_if(name, |text| Some(text.to_owned()))
    }

    pub(crate) fn parsed<T>(&self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        self.parsed_if(name, parse)?.ok_or_else(|| self.malformed(name))
    }

    pub(crate) fn parsed_if<T>(&self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        self.read_if(name, |value| parse(value.as_s().ok()?))
    }

    pub(crate) fn instant(&self, name: &'static str) -> Result<UnixMicros> {
        self.parsed(name, keys::read_instant)
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<u64> {
        self.number_if(name)?.ok_or_else(|| self.malformed(name))
    }

    pub(crate) fn number_if(&self, name: &'static str) -> Result<Option<u64>> {
        self.read_if(name, |value| value.as_n().ok()?.parse().ok())
    }

    pub(crate) fn flag_if(&self, name: &'static str) -> Result<Option<bool>> {
        self.read_if(name, |value| value.as_bool().ok().copied())
    }

    pub(crate) fn bytes_if(&self, name: &'static str) -> Result<Option<Vec<u8>>> {
        self.read_if(name, |value| value.as_b().ok().map(|blob| blob.as_ref().to_vec()))
    }

    pub(crate) fn texts(&self, name: &'static str) -> Result<Vec<String>> {
        self.texts_if(name)?.ok_or_else(|| self.malformed(name))
    }

    pub(crate) fn texts_if(&self, name: &'static str) -> Result<Option<Vec<String>>> {
        self.read_if(name, |value| value.as_l().ok()?.iter().map(|value| value.as_s().ok().cloned()).collect())
    }
}
