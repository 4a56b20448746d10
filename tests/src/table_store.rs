//! Which DynamoDB the tests run against.

use audit_local::stack::TableStore;
use uuid::Uuid;

/// The embedded one, or that of `AUDIT_DYNAMODB_ENDPOINT`, with tables that no other test sees.
#[expect(clippy::disallowed_methods, reason = "the script that runs another DynamoDB sets its endpoint")]
pub fn chosen() -> TableStore {
    match std::env::var("AUDIT_DYNAMODB_ENDPOINT") {
        Ok(endpoint) => TableStore::Running { endpoint, access_key: Uuid::new_v4().simple().to_string() },
        Err(_) => TableStore::Embedded { port: 0 },
    }
}
