//! Counts what a client reads of DynamoDB: requests and bytes, by table.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audit_local::stack::table_names;
use audit_query::Bounds;
use audit_tables::Tables;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use crate::TestStack;
use crate::api::Api;

/// What was read of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Read {
    /// Requests, each attempt counted.
    pub requests: usize,
    /// Bytes of the bodies of the responses.
    pub bytes: usize,
}

/// Counts the requests of a client. All clones count together.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Mutex<BTreeMap<&'static str, Read>>>);

impl Traffic {
    /// A client of separate query routes, whose requests to DynamoDB are counted.
    pub fn of_a_reader(stack: &TestStack, bounds: impl Into<Bounds>) -> (Api, Self) {
        let traffic = Self::default();
        let config = stack.dynamodb_config().interceptor(traffic.clone()).build();
        let tables = Tables::new(Client::from_conf(config), table_names());
        (Api::of_tables(stack, tables, bounds), traffic)
    }

    /// Returns what was read of the events table since the last call.
    pub fn of_events(&self) -> Read {
        self.lock().remove("events").unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which table a request is for.
#[derive(Debug, Clone, Copy)]
struct Table(&'static str);

impl Storable for Table {
    type Storer = StoreReplace<Self>;
}

impl Table {
    fn of(body: Option<&[u8]>) -> Self {
        let events = table_names().events;
        let body = String::from_utf8_lossy(body.unwrap_or_default());
        Self(if body.contains(&format!(r#""TableName":"{events}""#)) { "events" } else { "others" })
    }
}

impl Intercept for Traffic {
    fn name(&self) -> &'static str {
        "Traffic"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let table = Table::of(context.request().body().bytes());
        self.lock().entry(table.0).or_default().requests += 1;
        bag.interceptor_state().store_put(table);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let table = bag.load::<Table>().ok_or("a response without a request")?;
        let bytes = context.response().body().bytes().ok_or("a response that was not read completely")?.len();
        self.lock().entry(table.0).or_default().bytes += bytes;
        Ok(())
    }
}
