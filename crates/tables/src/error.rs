//! What can go wrong with a table, by what the caller can do about it.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A failed call, or an item that is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// The store asks for fewer requests; try again later. Nothing was changed.
    #[error("DynamoDB {operation} was throttled")]
    Throttled {
        /// The operation.
        operation: &'static str,
        /// The answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Other writes of the same items were under way each time. Nothing was changed.
    #[error("DynamoDB {operation} met other writes of the same items")]
    Conflict {
        /// The operation.
        operation: &'static str,
        /// The answer.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The call failed. Whether a write was applied is unknown: read before you believe it was not.
    #[error("DynamoDB {operation} failed")]
    Failed {
        /// The operation.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// An item cannot be read. It is left as it is.
    #[error("the item {key} of the {table} table is malformed: {attribute}")]
    Malformed {
        /// Which table.
        table: &'static str,
        /// Which item.
        key: String,
        /// Which attribute of it.
        attribute: &'static str,
    },
}

impl TablesError {
    /// Whether the store asked for fewer requests.
    pub fn is_throttle(&self) -> bool {
        matches!(self, Self::Throttled { .. })
    }
}

/// Codes with which DynamoDB asks for fewer requests.
const THROTTLES: [&str; 3] = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];

/// Names the operation of a failed call.
pub(crate) fn failed<E>(operation: &'static str) -> impl Fn(SdkError<E>) -> TablesError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    move |error| {
        let throttled = error.code().is_some_and(|code| THROTTLES.contains(&code));
        let source = Box::new(error);
        if throttled { TablesError::Throttled { operation, source } } else { TablesError::Failed { operation, source } }
    }
}
