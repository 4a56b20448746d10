//! The orgs table: what the platform tells about each org.

use audit_core::org::{OrgId, OrgProfile};
use audit_core::time::UnixMicros;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use crate::attributes::{Item, Reader, Writer};
use crate::error::{TablesError, failed};
use crate::{Tables, keys};

/// Items of one page of the list of orgs: its ids fit the 256 KB that a state of the state machine may have.
const PAGE_ITEMS: i32 = 1_000;

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
    /// When the platform told it last.
    pub updated_at: UnixMicros,
}

/// What became of telling an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOrg {
    /// It is stored.
    Stored(Org),
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
    /// Stores what the platform tells about an org.
    ///
    /// *Guarantees*: the folded id is reserved first, so that of two ids that differ only by case one is ever stored.
    pub async fn put_org(&self, org_id: &OrgId, profile: OrgProfile, now: UnixMicros) -> Result<PutOrg, TablesError> {
        if let Some(owner) = self.reserve(org_id).await? {
            return Ok(PutOrg::Taken(owner));
        }
        let org = Org { org_id: org_id.clone(), profile, status: "active".to_owned(), updated_at: now };
        let item = Writer::default()
            .text(keys::ORG_ID, org_id.as_str())
            .text("name", &org.profile.name)
            .text("plan", &org.profile.plan)
            .text("status", &org.status)
            .text("updated_at", org.updated_at.to_string())
            .item();
        let put = self.client.put_item().table_name(&self.names.orgs).set_item(Some(item));
        put.send().await.map_err(failed("PutItem"))?;
        Ok(PutOrg::Stored(org))
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
            org_ids: page.items.iter().flatten().filter_map(key).filter_map(|key| OrgId::parse(&key)).collect(),
            next: page.last_evaluated_key.as_ref().and_then(key),
        })
    }
}
