//! The orgs, events and ledger tables in DynamoDB. The only crate that names its SDK.
//!
//! What it needs of the store: conditional writes on one item, transactions over items of one org, strongly consistent
//! reads and queries. It keeps no state but a short cache of positive answers about plans.

mod attributes;
mod conditional;
pub mod deletes;
pub mod error;
mod event_item;
pub mod events;
pub mod gate;
pub mod hot_keys;
pub mod keys;
pub mod lease;
pub mod ledger;
mod ledger_items;
pub mod ledger_reads;
pub mod orgs;
pub mod pace;
pub mod schema;
pub mod whole_ledger;

pub use error::TablesError;
pub use events::{HotPage, HotRow, HotScan, PageStart, Put};
pub use gate::{Access, Gate};
pub use hot_keys::KeyPage;
pub use lease::Lease;
pub use ledger::Written;
pub use ledger_reads::{Listed, MalformedItem};
pub use orgs::{Org, OrgPage, PutOrg};
pub use pace::Pace;
pub use whole_ledger::WholeLedger;

use aws_sdk_dynamodb::Client;

/// The names of the three tables.
#[derive(Debug, Clone)]
pub struct TableNames {
    /// The orgs: name, plan, status.
    pub orgs: String,
    /// The hot events.
    pub events: String,
    /// The ledger of the archive.
    pub ledger: String,
}

impl TableNames {
    /// Takes the names from settings, by the names that the settings have.
    pub fn from_settings(setting: impl Fn(&'static str) -> String) -> Self {
        Self { orgs: setting("ORGS_TABLE"), events: setting("EVENTS_TABLE"), ledger: setting("LEDGER_TABLE") }
    }
}

/// The three tables.
#[derive(Debug, Clone)]
pub struct Tables {
    client: Client,
    names: TableNames,
}

impl Tables {
    /// Uses the tables of these names through `client`.
    pub fn new(client: Client, names: TableNames) -> Self {
        Self { client, names }
    }
}
