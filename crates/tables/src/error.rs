//! What can go wrong with a table, by what the caller can do about it.

use std::error::Error;

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};

pub(crate) type Result<T, E = TablesError> = std::result::Result<T, E>;

/// A failed call, or a malformed item.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// DynamoDB throttled the call; try again later. Nothing was changed.
    #[error("DynamoDB {operation} was throttled")]
    Throttled {
        /// The operation.
        operation: &'static str,
        /// The response.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// DynamoDB left keys of a batch unprocessed at each attempt; try again later. The other keys were processed.
    #[error("DynamoDB did not process {keys} keys of a batch")]
    Unprocessed {
        /// How many keys were left.
        keys: usize,
    },
    /// The call met other writes of the same items at each attempt. Nothing was changed.
    #[error("DynamoDB {operation} met other writes of the same items")]
    Conflict {
        /// The operation.
        operation: &'static str,
        /// The response.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another writer changed the item during each attempt to read or replace it. Nothing was changed.
    #[error("the {item} kept changing")]
    KeepsChanging {
        /// Which item.
        item: &'static str,
    },
    /// The call failed. A write may have been applied or not: read the item to find out.
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
    /// A newer version of the software wrote an item in a format that this version does not know.
    #[error("the item {key} of the {table} table has the format {format}; a newer version wrote it")]
    Newer {
        /// Which table.
        table: &'static str,
        /// Which item.
        key: String,
        /// Its format.
        format: u64,
    },
}

impl TablesError {
    /// Returns whether DynamoDB throttled the request.
    pub fn is_throttle(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unprocessed { .. })
    }
}

/// Codes with which DynamoDB throttles a request.
const THROTTLES: [&str; 3] = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];

/// Adds its operation to a failed call.
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

/// Adds its operation to a request that cannot be built.
pub(crate) fn unbuilt(operation: &'static str) -> impl Fn(BuildError) -> TablesError {
    move |error| TablesError::Failed { operation, source: error.into() }
}
