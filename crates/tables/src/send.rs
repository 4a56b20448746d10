//! Requests of the SDK as boxed futures.
//!
//! The compiler translates the body of an async function again in every crate that awaits it. Behind a function that is
//! neither async nor generic, the SDK's whole request path is translated once, in this crate.

use std::pin::Pin;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::{
    batch_get_item, batch_write_item, create_table, delete_item, get_item, put_item, query, scan, transact_write_items,
    update_item,
};

type Sent<T, E> = Pin<Box<dyn Future<Output = Result<T, SdkError<E>>> + Send>>;

/// A request that can be sent.
pub(crate) trait Request {
    type Output;
    type Error;

    /// Sends the request.
    fn sent(self) -> Sent<Self::Output, Self::Error>;
}

macro_rules! requests {
    ($($operation:ident: $builder:ident, $output:ident, $error:ident;)+) => {$(
        impl Request for $operation::builders::$builder {
            type Output = $operation::$output;
            type Error = $operation::$error;

            #[inline(never)]
            fn sent(self) -> Sent<Self::Output, Self::Error> {
                Box::pin(self.send())
            }
        }
    )+};
}

requests! {
    batch_get_item: BatchGetItemFluentBuilder, BatchGetItemOutput, BatchGetItemError;
    batch_write_item: BatchWriteItemFluentBuilder, BatchWriteItemOutput, BatchWriteItemError;
    create_table: CreateTableFluentBuilder, CreateTableOutput, CreateTableError;
    delete_item: DeleteItemFluentBuilder, DeleteItemOutput, DeleteItemError;
    get_item: GetItemFluentBuilder, GetItemOutput, GetItemError;
    put_item: PutItemFluentBuilder, PutItemOutput, PutItemError;
    query: QueryFluentBuilder, QueryOutput, QueryError;
    scan: ScanFluentBuilder, ScanOutput, ScanError;
    transact_write_items: TransactWriteItemsFluentBuilder, TransactWriteItemsOutput, TransactWriteItemsError;
    update_item: UpdateItemFluentBuilder, UpdateItemOutput, UpdateItemError;
}
