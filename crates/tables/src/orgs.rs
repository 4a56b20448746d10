//! The orgs table: the name and plan that the platform registered for each org.

use std::time::Duration;

use audit_core::{IdKey, OrgId, OrgProfile, OrgUpdate, UnixMicros};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use crate::conditional::applied;
use crate::error::{Result, TablesError, failed};
use crate::items::{Item, Reader, Table, Writer, text};
use crate::keys;
use crate::send::Request as _;

/// Maximum number of items of one page of orgs: its ids fit the 256 KB that a state of the state machine may have.
const PAGE_ITEMS: i32 = 1_000;
/// The attribute of the key of an org's ids.
const ID_KEY: &str = "id_key";
/// How often an update of an org is tried while other updates of the same org win.
const ATTEMPTS: u32 = 5;

/// An org as it is stored; serializes to the JSON that the API returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Org {
    /// Its id.
    pub org_id: OrgId,
    /// Its name and plan.
    #[serde(flatten)]
    pub profile: OrgProfile,
    /// `active`: its events are recorded and kept.
    pub status: String,
    /// When the platform last updated it.
    pub updated_at: UnixMicros,
    /// Whether its plan has or ever had audit logs, so that it may have events. Never cleared. Also true for an item
    /// that an older version wrote without this attribute.
    #[serde(skip)]
    pub had_plan: bool,
}

/// An org with the key of its ids, which is not a part of what the API returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedOrg {
    /// The org.
    pub org: Org,
    /// The key of its ids.
    pub id_key: IdKey,
}

/// The outcome of an update of an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOrg {
    /// The update is stored.
    Stored(Org),
    /// A later update, or another one of the same instant, is stored: this org.
    Stale(Org),
    /// Another org has an id that differs only by case.
    Taken(String),
}

/// One page of orgs.
#[derive(Debug, Clone)]
pub struct OrgPage {
    /// Their ids.
    pub org_ids: Vec<OrgId>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

/// The orgs of the platform.
#[derive(Debug, Clone)]
pub struct OrgsTable(pub(crate) Table);

impl OrgsTable {
    /// Stores an update of an org. If the org has no key for its ids yet, it gets `new_id_key`.
    ///
    /// # Guarantees
    ///
    /// - The folded id is reserved first, so that no two stored ids differ only by case.
    /// - An update that is older than the stored one changes nothing. The same update again is `Stored`.
    /// - Of two concurrent updates without an instant, one is stored and the other one is `Stale`.
    /// - The write is conditional on the `updated_at` that was read. So a request that reaches the table late, after
    ///   its sender has given up and a newer update is stored, changes nothing.
    /// - The key of an org's ids never changes. Of concurrent registrations, one sets it. So `new_id_key` may not be the
    ///   org's key: [`Self::keyed`] returns that.
    ///
    /// # Errors
    ///
    /// [`TablesError::KeepsChanging`] if other updates of the org were stored first at each attempt.
    pub async fn put(&self, org_id: &OrgId, update: &OrgUpdate, new_id_key: &IdKey, now: UnixMicros) -> Result<PutOrg> {
        if let Some(owner) = self.reserve(org_id).await? {
            return Ok(PutOrg::Taken(owner));
        }
        let mut stored = self.get(org_id).await?;
        for _ in 0..ATTEMPTS {
            let org = match updated(org_id, update, stored.as_ref(), now) {
                Ok(org) => org,
                Err(decided) => return Ok(decided),
            };
            if self.replace(&org, stored.as_ref(), new_id_key).await? {
                return Ok(PutOrg::Stored(org));
            }
            stored = self.get(org_id).await?;
            match &stored {
                // The SDK sent the write twice: the first attempt was applied, and its response lost.
                Some(now_stored) if *now_stored == org => return Ok(PutOrg::Stored(org)),
                // Without an instant, an update that meets another one may be the earlier one.
                Some(now_stored) if update.updated_at.is_none() => return Ok(PutOrg::Stale(now_stored.clone())),
                _ => {}
            }
        }
        Err(TablesError::KeepsChanging { item: "org" })
    }

    /// Writes an org if the table still has `stored`; returns whether it did.
    async fn replace(&self, org: &Org, stored: Option<&Org>, new_id_key: &IdKey) -> Result<bool> {
        let mut update = self
            .0
            .client
            .update_item()
            .table_name(&self.0.name)
            .key(keys::ORG_ID, text(org.org_id.as_str()))
            .update_expression(
                "SET #name = :name, #plan = :plan, #status = :status, updated_at = :at, had_plan = :had, \
                 id_key = if_not_exists(id_key, :id_key)",
            )
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#plan", "plan")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":name", text(&org.profile.name))
            .expression_attribute_values(":plan", text(&org.profile.plan))
            .expression_attribute_values(":status", text(&org.status))
            .expression_attribute_values(":at", text(org.updated_at.to_string()))
            .expression_attribute_values(":had", AttributeValue::Bool(org.had_plan))
            .expression_attribute_values(":id_key", text(new_id_key.reveal()));
        update = match stored {
            None => update.condition_expression("attribute_not_exists(updated_at)"),
            Some(stored) => update
                .condition_expression("updated_at = :stored")
                .expression_attribute_values(":stored", text(stored.updated_at.to_string())),
        };
        applied("UpdateItem", update.sent().await)
    }

    /// Reserves the folded form of an id; returns the other id that has reserved it before.
    async fn reserve(&self, org_id: &OrgId) -> Result<Option<String>> {
        let put = self
            .0
            .put(key(keys::folded(org_id)).text("owner", org_id.as_str()))
            .condition_expression("attribute_not_exists(org_id) OR #owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(org_id.as_str()));
        if applied("PutItem", put.sent().await)? {
            return Ok(None);
        }
        let item = self.0.get(key(keys::folded(org_id))).await?.unwrap_or_default();
        Reader { table: "orgs", item: &item }.text("owner").map(Some)
    }

    /// Reads an org, strongly consistent.
    pub async fn get(&self, org_id: &OrgId) -> Result<Option<Org>> {
        Ok(self.keyed(org_id).await?.map(|keyed| keyed.org))
    }

    /// Reads an org and the key of its ids, strongly consistent.
    pub async fn keyed(&self, org_id: &OrgId) -> Result<Option<KeyedOrg>> {
        let item = self.0.get(key(org_id.as_str())).await?;
        let Some(item) = item.filter(|item| !is_key_only(item)) else { return Ok(None) };
        let reader = Reader { table: "orgs", item: &item };
        let org = Org {
            org_id: org_id.clone(),
            profile: OrgProfile { name: reader.text("name")?, plan: reader.text("plan")? },
            status: reader.text("status")?,
            updated_at: reader.instant("updated_at")?,
            had_plan: reader.flag_if("had_plan")?.unwrap_or(true),
        };
        Ok(Some(KeyedOrg { org, id_key: reader.parsed(ID_KEY, |text| text.parse().ok())? }))
    }

    /// Lists the orgs that may have events, since they have or had the plan, in no particular order, page by page.
    pub async fn page(&self, start: Option<String>) -> Result<OrgPage> {
        let page = self
            .0
            .client
            .scan()
            .table_name(&self.0.name)
            .projection_expression(keys::ORG_ID)
            .filter_expression("attribute_not_exists(had_plan) OR had_plan = :had_plan")
            .expression_attribute_values(":had_plan", AttributeValue::Bool(true))
            .limit(PAGE_ITEMS)
            .set_exclusive_start_key(start.map(|start| key(start).item()))
            .sent()
            .await
            .map_err(failed("Scan"))?;
        let id = |item: &Item| item.get(keys::ORG_ID).and_then(|value| value.as_s().ok()).cloned();
        Ok(OrgPage {
            org_ids: page.items().iter().filter_map(|item| id(item)?.parse::<OrgId>().ok()).collect(),
            next: page.last_evaluated_key.as_ref().and_then(id),
        })
    }
}

/// Returns whether an item contains only the key of an org's ids: an operator copied it from a lost table, and the
/// platform has not registered the org again.
fn is_key_only(item: &Item) -> bool {
    item.len() == 2 && item.contains_key(ID_KEY)
}

/// Builds the key of an org.
fn key(id: impl Into<String>) -> Writer {
    Writer::default().text(keys::ORG_ID, id)
}

/// Returns the org after an update, or the outcome of an update that needs no write.
fn updated(org_id: &OrgId, update: &OrgUpdate, stored: Option<&Org>, now: UnixMicros) -> Result<Org, PutOrg> {
    let updated_at = match (update.updated_at, stored) {
        (Some(at), Some(stored)) if at == stored.updated_at && update.profile == stored.profile => {
            return Err(PutOrg::Stored(stored.clone()));
        }
        (Some(at), Some(stored)) if at <= stored.updated_at => return Err(PutOrg::Stale(stored.clone())),
        (Some(at), _) => at,
        // Updates without an instant count in the order of arrival, also if the stored instant is ahead of this clock.
        (None, Some(stored)) => now.max(stored.updated_at.plus(Duration::from_micros(1))),
        (None, None) => now,
    };
    Ok(Org {
        org_id: org_id.clone(),
        profile: update.profile.clone(),
        status: "active".to_owned(),
        updated_at,
        had_plan: stored.is_some_and(|stored| stored.had_plan) || update.profile.has_audit_logs(),
    })
}
