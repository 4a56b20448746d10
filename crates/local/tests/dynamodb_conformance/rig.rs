//! A service with a file of its own, a client, and a table `events` with keys `pk` and `sk`.
//!
//! If `AUDIT_DYNAMODB_ENDPOINT` is set, the same tests run against another DynamoDB.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use audit_local::dynamodb::EmbeddedDynamoDb;
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Config, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use tempfile::TempDir;
use tokio::time::Instant;
use uuid::Uuid;

pub(crate) const TABLE: &str = "events";
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) struct Rig {
    pub(crate) client: Client,
    embedded: Option<(TempDir, EmbeddedDynamoDb)>,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "set by the script that runs another DynamoDB")]
        let rig = match std::env::var("AUDIT_DYNAMODB_ENDPOINT") {
            // DynamoDB Local has separate tables for each access key.
            Ok(endpoint) => Self { client: client(&endpoint, &Uuid::new_v4().simple().to_string()), embedded: None },
            Err(_) => Self::over(tempfile::tempdir().unwrap()).await,
        };
        create_table(&rig.client).await;
        rig
    }

    pub(crate) async fn over(folder: TempDir) -> Self {
        let file = folder.path().join("below/tables.sqlite");
        let dynamodb = EmbeddedDynamoDb::start(&file, ANY_PORT).await.unwrap();
        let client = client(&dynamodb.endpoint(), "any");
        Self { client, embedded: Some((folder, dynamodb)) }
    }

    /// Returns the folder and the service, for tests of a stop. They are not run against another DynamoDB.
    pub(crate) fn into_embedded(self) -> (TempDir, EmbeddedDynamoDb) {
        self.embedded.unwrap()
    }

    /// Restarts the service with the same file; another DynamoDB keeps running.
    pub(crate) async fn restart(self) -> Self {
        let Some((folder, dynamodb)) = self.embedded else { return self };
        dynamodb.stop(Instant::now()).await.unwrap();
        Self::over(folder).await
    }

    pub(crate) async fn put(&self, item: Item) {
        self.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }

    pub(crate) async fn get(&self, pk: &str, sk: &str) -> Option<Item> {
        let get = self.client.get_item().table_name(TABLE).consistent_read(true);
        get.key("pk", text(pk)).key("sk", text(sk)).send().await.unwrap().item
    }
}

pub(crate) fn client(endpoint: &str, access_key: &str) -> Client {
    let config = Config::builder()
        .http_client(audit_runtime::aws::http())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(access_key, "any", None, None, "test"))
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

pub(crate) async fn create_table(client: &Client) {
    let create = client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    let create = [("pk", KeyType::Hash), ("sk", KeyType::Range)].into_iter().fold(create, |create, (name, kind)| {
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind);
        create.attribute_definitions(attribute.build().unwrap()).key_schema(key.build().unwrap())
    });
    create.send().await.unwrap();
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn item(pk: &str, sk: &str, rest: impl IntoIterator<Item = (&'static str, AttributeValue)>) -> Item {
    let mut item: Item = rest.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    item.insert("pk".to_owned(), text(pk));
    item.insert("sk".to_owned(), text(sk));
    item
}
