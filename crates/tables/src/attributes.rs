//! Reading and writing the attributes of one item.

use std::collections::HashMap;

use audit_core::UnixMicros;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::TablesError;
use crate::keys;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// Builds an item; an absent value is an absent attribute.
#[derive(Default)]
pub(crate) struct Writer(Item);

impl Writer {
    pub(crate) fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::S(value.into()));
        self
    }

    pub(crate) fn text_if(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(crate) fn number(mut self, name: &str, value: u64) -> Self {
        self.0.insert(name.to_owned(), AttributeValue::N(value.to_string()));
        self
    }

    pub(crate) fn bytes_if(mut self, name: &str, value: Option<&Vec<u8>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), AttributeValue::B(Blob::new(value.clone())));
        }
        self
    }

    pub(crate) fn texts(mut self, name: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values = values.into_iter().map(AttributeValue::S).collect();
        self.0.insert(name.to_owned(), AttributeValue::L(values));
        self
    }

    pub(crate) fn item(self) -> Item {
        self.0
    }
}

/// Bytes of an item, its attributes' names included, as DynamoDB counts them; roughly, where it nests.
pub(crate) fn item_bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::L(list) => list.iter().map(value_bytes).sum(),
        AttributeValue::M(map) => map.iter().map(|(name, value)| name.len() + value_bytes(value)).sum(),
        _ => 1,
    }
}

/// Reads an item of a table.
pub(crate) struct Reader<'a> {
    pub(crate) table: &'static str,
    pub(crate) item: &'a Item,
}

impl Reader<'_> {
    /// *Errors*: that this attribute is malformed; the item is named by its keys, which hold no personal data.
    pub(crate) fn malformed(&self, attribute: &'static str) -> TablesError {
        let key = |name: &str| self.item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        let keys = [key(keys::PK), key(keys::ORG_ID), key(keys::SK)];
        let key = keys.iter().filter(|key| !key.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        TablesError::Malformed { table: self.table, key, attribute }
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<String, TablesError> {
        self.text_if(name)?.ok_or_else(|| self.malformed(name))
    }

    pub(crate) fn text_if(&self, name: &'static str) -> Result<Option<String>, TablesError> {
        match self.item.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.malformed(name)),
        }
    }

    pub(crate) fn parsed<T>(&self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T, TablesError> {
        parse(&self.text(name)?).ok_or_else(|| self.malformed(name))
    }

    pub(crate) fn instant(&self, name: &'static str) -> Result<UnixMicros, TablesError> {
        self.parsed(name, keys::read_instant)
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<u64, TablesError> {
        self.number_if(name)?.ok_or_else(|| self.malformed(name))
    }

    pub(crate) fn number_if(&self, name: &'static str) -> Result<Option<u64>, TablesError> {
        match self.item.get(name) {
            None => Ok(None),
            Some(AttributeValue::N(text)) => text.parse().map(Some).map_err(|_| self.malformed(name)),
            Some(_) => Err(self.malformed(name)),
        }
    }

    pub(crate) fn flag_if(&self, name: &'static str) -> Result<Option<bool>, TablesError> {
        match self.item.get(name) {
            None => Ok(None),
            Some(AttributeValue::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.malformed(name)),
        }
    }

    pub(crate) fn bytes_if(&self, name: &'static str) -> Result<Option<Vec<u8>>, TablesError> {
        match self.item.get(name) {
            None => Ok(None),
            Some(AttributeValue::B(blob)) => Ok(Some(blob.clone().into_inner())),
            Some(_) => Err(self.malformed(name)),
        }
    }

    pub(crate) fn texts_if(&self, name: &'static str) -> Result<Option<Vec<String>>, TablesError> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        let list = value.as_l().map_err(|_| self.malformed(name))?;
        let texts = list.iter().map(|value| value.as_s().cloned().map_err(|_| self.malformed(name)));
        texts.collect::<Result<_, _>>().map(Some)
    }

    pub(crate) fn texts(&self, name: &'static str) -> Result<Vec<String>, TablesError> {
        self.texts_if(name)?.ok_or_else(|| self.malformed(name))
    }
}
