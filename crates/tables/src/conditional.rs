//! Conditional writes of the ledger, and what their refusals mean.
//!
//! A write that finds another write of the same items under way is refused although its condition may hold: the other one
//! may still fail. Only a condition that failed says that the head changed.

use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;
use tokio::time::sleep;

use crate::error::{TablesError, failed};
use crate::ledger::Written;

/// How often a write is sent that meets others of the same items.
const ATTEMPTS: u32 = 5;
/// The pause after the first attempt; doubles after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Why a write was not applied, or may not have been.
pub(crate) enum Refusal {
    /// Its condition failed.
    Condition,
    /// Nothing was applied, and the same write may succeed a moment later.
    Later(TablesError),
    /// Anything else.
    Failed(TablesError),
}

/// Sends a write until its outcome is known, or it was put off too often.
pub(crate) async fn write<F>(attempt: impl Fn() -> F) -> Result<Written, TablesError>
where
    F: Future<Output = Result<(), Refusal>>,
{
    let mut attempts = 1;
    loop {
        match attempt().await {
            Ok(()) => return Ok(Written::Applied),
            Err(Refusal::Condition) => return Ok(Written::Lost),
            Err(Refusal::Later(_)) if attempts < ATTEMPTS => {
                sleep(FIRST_PAUSE * (1 << (attempts - 1))).await;
                attempts += 1;
            }
            Err(Refusal::Later(error) | Refusal::Failed(error)) => return Err(error),
        }
    }
}

/// What the refusal of a put means.
pub(crate) fn of_put(error: SdkError<PutItemError>) -> Refusal {
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(_)) => Refusal::Condition,
        Some(PutItemError::TransactionConflictException(_)) => Refusal::Later(conflict("PutItem", error)),
        _ => Refusal::Failed(failed("PutItem")(error)),
    }
}

/// What the refusal of a transaction means. It has a reason for each of its items.
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
        Refusal::Later(conflict(OPERATION, error))
    } else if has("ThrottlingError") || has("ProvisionedThroughputExceeded") {
        Refusal::Later(TablesError::Throttled { operation: OPERATION, source: error.into() })
    } else {
        Refusal::Failed(failed(OPERATION)(error))
    }
}

fn conflict<E>(operation: &'static str, error: SdkError<E>) -> TablesError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    TablesError::Conflict { operation, source: error.into() }
}
