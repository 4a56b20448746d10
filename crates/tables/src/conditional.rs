//! Conditional writes, and what their refusals mean.
//!
//! DynamoDB refuses a write that meets another write of the same items, although its condition may hold: the other
//! write may still fail. Only a failed condition means that the item has changed.

use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;
use tokio::time::sleep;

use crate::error::{TablesError, failed};

/// How often a write of the ledger is sent that meets other writes of the same items.
const ATTEMPTS: u32 = 5;
/// The pause after the first attempt; doubles after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The outcome of a conditional write of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The write was applied.
    Applied,
    /// The condition failed, mostly because another worker changed the head first; nothing was applied.
    Lost,
}

/// Returns whether a conditional write was applied; `false` if its condition failed.
pub(crate) fn applied<T, E>(operation: &'static str, sent: Result<T, SdkError<E>>) -> Result<bool, TablesError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match sent {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
        Err(error) => Err(failed(operation)(error)),
    }
}

/// Why a write was not applied, or may not have been.
pub(crate) enum Refusal {
    /// Its condition failed.
    Condition,
    /// Nothing was applied, and the same write may succeed a moment later.
    Later(TablesError),
    /// Anything else.
    Failed(TablesError),
}

/// Sends a write until its outcome is known, or DynamoDB has refused it too often.
pub(crate) async fn write<T, E, F>(
    attempt: impl Fn() -> F,
    refusal: impl Fn(SdkError<E>) -> Refusal,
) -> Result<Written, TablesError>
where
    F: Future<Output = Result<T, SdkError<E>>>,
{
    let mut attempts = 1;
    loop {
        match attempt().await.map_err(&refusal) {
            Ok(_) => return Ok(Written::Applied),
            Err(Refusal::Condition) => return Ok(Written::Lost),
            Err(Refusal::Later(_)) if attempts < ATTEMPTS => {
                sleep(FIRST_PAUSE * (1 << (attempts - 1))).await;
                attempts += 1;
            }
            Err(Refusal::Later(error) | Refusal::Failed(error)) => return Err(error),
        }
    }
}

/// Reads the refusal of a put.
pub(crate) fn of_put(error: SdkError<PutItemError>) -> Refusal {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(_)) => Refusal::Condition,
        Some(PutItemError::TransactionConflictException(_)) => {
            Refusal::Later(TablesError::Conflict { operation: "PutItem", source: error.into() })
        }
        _ => Refusal::Failed(failed("PutItem")(error)),
    }
}

/// Reads the refusal of a transaction. It has a reason for each of its items.
pub(crate) fn of_transaction(error: SdkError<TransactWriteItemsError>) -> Refusal {
    const OPERATION: &str = "TransactWriteItems";
    let reasons: Vec<&str> = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().filter_map(CancellationReason::code).collect()
        }
        _ => Vec::new(),
    };
    let has = |code: &str| reasons.contains(&code);
    if has("ConditionalCheckFailed") {
        Refusal::Condition
    } else if has("TransactionConflict") {
        Refusal::Later(TablesError::Conflict { operation: OPERATION, source: error.into() })
    } else if has("ThrottlingError") || has("ProvisionedThroughputExceeded") {
        Refusal::Later(TablesError::Throttled { operation: OPERATION, source: error.into() })
    } else {
        Refusal::Failed(failed(OPERATION)(error))
    }
}
