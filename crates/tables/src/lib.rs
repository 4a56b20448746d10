//! The orgs, events, ledger and sessions tables in DynamoDB. The only crate that depends on its SDK.
//!
//! What it needs of the store: conditional writes of one item, transactions over items of one org, strongly consistent
//! reads and queries. It keeps no state but a short cache of granted plans.

mod conditional;
mod deletes;
mod error;
mod events;
mod items;
pub mod keys;
mod lease;
mod ledger;
mod ledger_items;
mod ledger_merges;
mod ledger_months;
mod listed;
mod orgs;
mod pace;
mod rebuilt_items;
mod segment_filters;
mod send;
mod session_items;
mod sessions;
mod whole_ledger;

pub use conditional::Written;
pub use error::TablesError;
pub use events::{EventsTable, HotPage, HotRow, HotScan, PAGE_ROWS, PageStart, Put};
pub use lease::Lease;
pub use ledger::{Decided, LedgerTable};
pub use ledger_months::ListedMonths;
pub use listed::{Listed, ListedSegments, MalformedItem};
pub use orgs::{KeyedOrg, Org, OrgPage, OrgsTable, PutOrg};
pub use pace::Pace;
pub use rebuilt_items::LedgerItem;
pub use sessions::{ListedSessions, SessionsTable};
pub use whole_ledger::WholeLedger;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_types::SdkConfig;
use send::Request as _;

use crate::error::{Result, failed, unbuilt};
use crate::items::Table;

/// The names of the four tables.
#[derive(Debug, Clone)]
pub struct TableNames {
    /// The orgs: name, plan, status.
    pub orgs: String,
    /// The hot events.
    pub events: String,
    /// The ledger of the archive.
    pub ledger: String,
    /// The viewer sessions.
    pub sessions: String,
}

impl TableNames {
    /// Takes the names from the settings of a function.
    pub fn from_settings(setting: impl Fn(&'static str) -> String) -> Self {
        let IngestTableNames { orgs, events, sessions } = IngestTableNames::from_settings(&setting);
        Self { orgs, events, ledger: setting("LEDGER_TABLE"), sessions }
    }
}

/// The names of the tables of ingest.
#[derive(Debug, Clone)]
pub struct IngestTableNames {
    /// The orgs.
    pub orgs: String,
    /// The hot events.
    pub events: String,
    /// The viewer sessions.
    pub sessions: String,
}

impl IngestTableNames {
    /// Takes the names from the settings of a function.
    pub fn from_settings(setting: impl Fn(&'static str) -> String) -> Self {
        Self { orgs: setting("ORGS_TABLE"), events: setting("EVENTS_TABLE"), sessions: setting("SESSIONS_TABLE") }
    }
}

/// The four tables.
#[derive(Debug, Clone)]
pub struct Tables {
    /// The orgs.
    pub orgs: OrgsTable,
    /// The hot events.
    pub events: EventsTable,
    /// The ledger of the archive.
    pub ledger: LedgerTable,
    /// The viewer sessions.
    pub sessions: SessionsTable,
}

impl Tables {
    /// Uses the tables of these names on AWS.
    pub fn connect(config: &SdkConfig, names: TableNames) -> Self {
        Self::new(Client::new(config), names)
    }

    /// Uses the tables of these names through `client`.
    pub fn new(client: Client, names: TableNames) -> Self {
        let table = |name| Table { client: client.clone(), name };
        Self {
            orgs: OrgsTable(table(names.orgs)),
            events: EventsTable(table(names.events)),
            ledger: LedgerTable(table(names.ledger)),
            sessions: SessionsTable(table(names.sessions)),
        }
    }

    /// Creates the tables that do not exist yet. On AWS the template creates them.
    pub async fn create_missing(&self) -> Result<()> {
        create(&self.orgs.0, &[keys::ORG_ID]).await?;
        create(&self.events.0, &[keys::PK, keys::SK]).await?;
        create(&self.ledger.0, &[keys::ORG_ID, keys::SK]).await?;
        create(&self.sessions.0, &[keys::PK, keys::SK]).await
    }
}

async fn create(table: &Table, key: &[&str]) -> Result<()> {
    const OPERATION: &str = "CreateTable";
    let mut create = table.client.create_table().table_name(&table.name).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in key.iter().zip([KeyType::Hash, KeyType::Range]) {
        let attribute = AttributeDefinition::builder().attribute_name(*name).attribute_type(ScalarAttributeType::S);
        let element = KeySchemaElement::builder().attribute_name(*name).key_type(kind);
        create = create
            .attribute_definitions(attribute.build().map_err(unbuilt(OPERATION))?)
            .key_schema(element.build().map_err(unbuilt(OPERATION))?);
    }
    match create.sent().await {
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
        created => created.map(drop).map_err(failed(OPERATION)),
    }
}

/// The tables of ingest, which neither reads nor writes the ledger.
#[derive(Debug, Clone)]
pub struct IngestTables {
    /// The orgs.
    pub orgs: OrgsTable,
    /// The hot events.
    pub events: EventsTable,
    /// The viewer sessions.
    pub sessions: SessionsTable,
}

impl IngestTables {
    /// Uses the tables of these names on AWS.
    pub fn connect(config: &SdkConfig, names: IngestTableNames) -> Self {
        let client = Client::new(config);
        let table = |name| Table { client: client.clone(), name };
        Self {
            orgs: OrgsTable(table(names.orgs)),
            events: EventsTable(table(names.events)),
            sessions: SessionsTable(table(names.sessions)),
        }
    }
}

impl From<Tables> for IngestTables {
    fn from(Tables { orgs, events, sessions, .. }: Tables) -> Self {
        Self { orgs, events, sessions }
    }
}
