//! The shape of the three tables, for stores that nothing else provisions: the local stack and the tests.

use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};

use crate::error::{TablesError, failed};
use crate::{Tables, keys};

impl Tables {
    /// Creates the tables that do not exist yet.
    pub async fn create_missing(&self) -> Result<(), TablesError> {
        for (table, key) in [
            (&self.names.orgs, vec![keys::ORG_ID]),
            (&self.names.events, vec![keys::PK, keys::SK]),
            (&self.names.ledger, vec![keys::ORG_ID, keys::SK]),
        ] {
            self.create_table(table, &key).await?;
        }
        Ok(())
    }

    async fn create_table(&self, table: &str, key: &[&str]) -> Result<(), TablesError> {
        let invalid = |error: aws_sdk_dynamodb::error::BuildError| TablesError::Failed {
            operation: "CreateTable",
            source: error.into(),
        };
        let mut create = self.client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
        for (name, kind) in key.iter().zip([KeyType::Hash, KeyType::Range]) {
            let attribute = AttributeDefinition::builder().attribute_name(*name).attribute_type(ScalarAttributeType::S);
            let element = KeySchemaElement::builder().attribute_name(*name).key_type(kind);
            create = create
                .attribute_definitions(attribute.build().map_err(invalid)?)
                .key_schema(element.build().map_err(invalid)?);
        }
        match create.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
            Err(error) => Err(failed("CreateTable")(error)),
        }
    }
}
