//! The orgs table: what the platform tells about each org.

use std::time::Duration;

use audit_core::{OrgId, OrgProfile, OrgUpdate, UnixMicros};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use crate::attributes::{Item, Reader, Writer};
use crate::error::{TablesError, failed};
use crate::{Tables, keys};

/// Items of one page of the list of orgs: its ids fit the 256 KB that a state of the state machine may have.
const PAGE_ITEMS: i32 = 1_000;
/// How often an update of an org is tried while other updates of the same org win.
const ATTEMPTS: u32 = 5;
/// The attribute that says whether the org has or had a plan with audit logs.
const HAD_PLAN: &str = "had_plan";

/// An org as it is stored; serialises to the JSON that the API returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Org {
    /// Its id.
    pub org_id: OrgId,
    /// What the platform tells.
    #[serde(flatten)]
    pub profile: OrgProfile,
    /// `active`: its events are recorded and kept.
    pub status: String,
    /// When the platform updated it last.
    pub updated_at: UnixMicros,
    /// Whether its plan has or ever had audit logs, so that it may have events. Never cleared; true also for an item without
    /// the attribute, which an older version wrote.
    #[serde(skip)]
    pub had_plan: bool,
}

/// What became of an update of an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOrg {
    /// It is stored.
    Stored(Org),
    /// A later update is stored, or another one of the same instant: this is the org as it stays.
    Stale(Org),
    /// Another org has an id that differs only by case.
    Taken(String),
}

/// One page of the list of orgs.
#[derive(Debug, Clone)]
pub struct OrgPage {
    /// The orgs.
    pub org_ids: Vec<OrgId>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

impl Tables {
    /// Stores an update of an org.
    ///
    /// # Guarantees
    ///
    /// - The folded id is reserved first, so that of two ids that differ only by case one is ever stored.
    /// - An update that is older than the stored one changes nothing. The same update again is `Stored`.
    /// - Of two updates without an instant that meet, one is stored and the other one is `Stale`.
    /// - The write is conditional on the `updated_at` that was read. So a request that reaches the table late, when its
    ///   author has given up and a newer update is stored, changes nothing.
    pub async fn put_org(&self, org_id: &OrgId, update: &OrgUpdate, now: UnixMicros) -> Result<PutOrg, TablesError> {
        if let Some(owner) = self.reserve(org_id).await? {
            return Ok(PutOrg::Taken(owner));
        }
        let mut stored = self.org(org_id).await?;
        for _ in 0..ATTEMPTS {
            let org = match updated(org_id, update, stored.as_ref(), now) {
                Ok(org) => org,
                Err(decided) => return Ok(decided),
            };
            if self.replace_org(&org, stored.as_ref()).await? {
                return Ok(PutOrg::Stored(org));
            }
            stored = self.org(org_id).await?;
            match &stored {
                // The SDK sent the write twice: the first one was applied, and its answer lost.
                Some(now_stored) if *now_stored == org => return Ok(PutOrg::Stored(org)),
                // Without an instant of its own, an update that meets another one is not known to be the later one.
                Some(now_stored) if update.updated_at.is_none() => return Ok(PutOrg::Stale(now_stored.clone())),
                _ => {}
            }
        }
        let source = "other updates of the org were stored first, time and again".into();
        Err(TablesError::Failed { operation: "UpdateItem", source })
    }

    /// Writes an org under the condition that the table has `stored`; returns whether it did.
    async fn replace_org(&self, org: &Org, stored: Option<&Org>) -> Result<bool, TablesError> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let mut update = self
            .client
            .update_item()
            .table_name(&self.names.orgs)
            .key(keys::ORG_ID, text(org.org_id.as_str()))
            .update_expression("SET #name = :name, #plan = :plan, #status = :status, updated_at = :at, had_plan = :had")
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#plan", "plan")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":name", text(&org.profile.name))
            .expression_attribute_values(":plan", text(&org.profile.plan))
            .expression_attribute_values(":status", text(&org.status))
            .expression_attribute_values(":at", text(&org.updated_at.to_string()))
            .expression_attribute_values(":had", AttributeValue::Bool(org.had_plan));
        update = match stored {
            None => update.condition_expression("attribute_not_exists(org_id)"),
            Some(stored) => update
                .condition_expression("updated_at = :stored")
                .expression_attribute_values(":stored", text(&stored.updated_at.to_string())),
        };
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(failed("UpdateItem")(error)),
        }
    }

    /// Reserves the folded form of an id; gives the id that has it, where that is another one.
    async fn reserve(&self, org_id: &OrgId) -> Result<Option<String>, TablesError> {
        let item = Writer::default().text(keys::ORG_ID, keys::folded(org_id)).text("owner", org_id.as_str()).item();
        let put = self
            .client
            .put_item()
            .table_name(&self.names.orgs)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(org_id) OR #owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", AttributeValue::S(org_id.to_string()))
            .send()
            .await;
        match put {
            Ok(_) => Ok(None),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                let item = self.org_item(keys::folded(org_id)).await?.unwrap_or_default();
                Reader { table: "orgs", item: &item }.text("owner").map(Some)
            }
            Err(error) => Err(failed("PutItem")(error)),
        }
    }

    /// Reads an org, strongly consistent.
    pub async fn org(&self, org_id: &OrgId) -> Result<Option<Org>, TablesError> {
        let Some(item) = self.org_item(org_id.to_string()).await? else { return Ok(None) };
        let reader = Reader { table: "orgs", item: &item };
        Ok(Some(Org {
            org_id: org_id.clone(),
            profile: OrgProfile { name: reader.text("name")?, plan: reader.text("plan")? },
            status: reader.text("status")?,
            updated_at: reader.instant("updated_at")?,
            had_plan: reader.flag_if(HAD_PLAN)?.unwrap_or(true),
        }))
    }

    async fn org_item(&self, key: String) -> Result<Option<Item>, TablesError> {
        let get = self.client.get_item().table_name(&self.names.orgs).consistent_read(true);
        let got = get.key(keys::ORG_ID, AttributeValue::S(key)).send().await.map_err(failed("GetItem"))?;
        Ok(got.item)
    }

    /// Lists the orgs that have or had the plan, in no particular order, page by page. The others have no events.
    ///
    /// An org whose item does not say so, which an older version wrote, is listed.
    pub async fn orgs_page(&self, start: Option<String>) -> Result<OrgPage, TablesError> {
        let start = start.map(|key| Item::from([(keys::ORG_ID.to_owned(), AttributeValue::S(key))]));
        let page = self
            .client
            .scan()
            .table_name(&self.names.orgs)
            .projection_expression(keys::ORG_ID)
            .filter_expression("attribute_not_exists(had_plan) OR had_plan = :had_plan")
            .expression_attribute_values(":had_plan", AttributeValue::Bool(true))
            .limit(PAGE_ITEMS)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(failed("Scan"))?;
        let key = |item: &Item| item.get(keys::ORG_ID).and_then(|value| value.as_s().ok()).cloned();
        Ok(OrgPage {
            org_ids: page.items.iter().flatten().filter_map(key).filter_map(|key| key.parse::<OrgId>().ok()).collect(),
            next: page.last_evaluated_key.as_ref().and_then(key),
        })
    }
}

/// The org after an update, or what is decided without a write.
fn updated(org_id: &OrgId, update: &OrgUpdate, stored: Option<&Org>, now: UnixMicros) -> Result<Org, PutOrg> {
    let updated_at = match (update.updated_at, stored) {
        (Some(at), Some(stored)) if at == stored.updated_at && update.profile == stored.profile => {
            return Err(PutOrg::Stored(stored.clone()));
        }
        (Some(at), Some(stored)) if at <= stored.updated_at => return Err(PutOrg::Stale(stored.clone())),
        (Some(at), _) => at,
        // In the order of arrival, also when the stored instant is of a clock that is ahead of ours.
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
