//! The events table: hot events are put, read in order of their positions, and counted.
//!
//! Org, id and `occurred_at` are stored in the keys only, so that an ordinary event stays under 1 KB, one write unit.

use audit_core::flat::{self, Malformed};
use audit_core::{Event, EventId, Order, OrgId, Span};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Select;

use crate::conditional::applied;
use crate::error::{Result, TablesError, failed};
use crate::items::{Item, Reader, Table, Writer, find, item_bytes, sort_key, text};
use crate::keys;
use crate::send::Request as _;

/// Maximum number of rows of one page. A page is also cut at 1 MB, but the embedded store reads all rows that a page
/// may have before it cuts the page there: without this limit, a million rows at once.
pub const PAGE_ROWS: i32 = 1_000;

/// The outcome of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The event is stored.
    Created,
    /// An event of the same id, which means the same event, was stored before.
    Duplicate,
}

/// A row of the events table.
#[derive(Debug)]
pub enum HotRow {
    /// An event.
    Event(Box<Event>),
    /// A row that cannot be read. It is left where it is.
    Unreadable {
        /// Its sort key, which need not be that of an event.
        sk: String,
        /// Why it cannot be read.
        error: TablesError,
    },
}

/// One page of one shard.
#[derive(Debug, Default)]
pub struct HotPage {
    /// The rows, in order.
    pub rows: Vec<HotRow>,
    /// Bytes of these rows, all attributes with their names, as DynamoDB counts them.
    pub bytes: usize,
    /// Where the next page begins; `None` at the end of the shard.
    pub next: Option<PageStart>,
}

/// An opaque place in a shard.
#[derive(Debug, Clone)]
pub struct PageStart(Item);

/// Which rows of an org to read.
#[derive(Debug, Clone)]
pub struct HotScan {
    /// The org.
    pub org_id: OrgId,
    /// The positions of the rows.
    pub span: Span,
    /// The order of the rows.
    pub order: Order,
}

/// The hot events of all orgs.
#[derive(Debug, Clone)]
pub struct EventsTable(pub(crate) Table);

impl EventsTable {
    /// Stores an event unless its id is stored already.
    ///
    /// # Guarantees
    ///
    /// When it returns `Ok`, the event is durable.
    pub async fn put(&self, event: &Event) -> Result<Put> {
        let put = self.0.put(write(event)).condition_expression("attribute_not_exists(pk)");
        Ok(if applied("PutItem", put.sent().await)? { Put::Created } else { Put::Duplicate })
    }

    /// Reads the hot event of an id, strongly consistent.
    pub async fn get(&self, org_id: &OrgId, id: EventId) -> Result<Option<Event>> {
        self.0.get(key(org_id, id)).await?.map(|item| read(org_id, &item)).transpose()
    }

    /// Reads one page of one shard, strongly consistent: up to `limit` rows, or [`PAGE_ROWS`].
    ///
    /// # Guarantees
    ///
    /// A page without rows is the end of the shard.
    pub async fn page(
        &self,
        scan: &HotScan,
        shard: u8,
        start: Option<PageStart>,
        limit: Option<i32>,
    ) -> Result<HotPage> {
        let query = self.query(scan, shard, start).limit(limit.unwrap_or(PAGE_ROWS));
        let page = find(query, |page| {
            let rows: Vec<_> = page.items().iter().filter_map(|item| row(scan, item)).collect();
            let bytes = page.items().iter().map(item_bytes).sum();
            (!rows.is_empty()).then(|| HotPage { rows, bytes, next: page.last_evaluated_key.map(PageStart) })
        });
        Ok(page.await?.unwrap_or_default())
    }

    /// Reads one page of the ids of one shard, strongly consistent. A row whose keys are not those of an event is left out.
    /// Returns the ids, in order, and where the next page begins; `None` at the end of the shard.
    pub async fn ids(
        &self,
        scan: &HotScan,
        shard: u8,
        start: Option<PageStart>,
    ) -> Result<(Vec<EventId>, Option<PageStart>)> {
        let query = self.query(scan, shard, start).projection_expression("sk").limit(PAGE_ROWS);
        let page = query.sent().await.map_err(failed("Query"))?;
        let partition = keys::partition(&scan.org_id, shard);
        let id =
            |item| keys::read_event(&scan.org_id, &partition, sort_key(item)?).filter(|id| scan.span.contains(*id));
        Ok((page.items.iter().flatten().filter_map(id).collect(), page.last_evaluated_key.map(PageStart)))
    }

    /// Counts the rows of an org that wait to be archived, eventually consistent, and stops at `enough`.
    pub async fn waiting(&self, org_id: &OrgId, enough: u64) -> Result<u64> {
        let mut count = 0;
        for shard in keys::shards() {
            let query = self.0.client.query().table_name(&self.0.name);
            let query = query
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(keys::partition(org_id, shard)))
                .select(Select::Count)
                .limit(PAGE_ROWS);
            let stopped = find(query, |page| {
                count += u64::try_from(page.count).unwrap_or(0);
                (count >= enough).then_some(())
            });
            if stopped.await?.is_some() {
                break;
            }
        }
        Ok(count)
    }

    /// Starts a query of one shard, strongly consistent.
    fn query(&self, scan: &HotScan, shard: u8, start: Option<PageStart>) -> QueryFluentBuilder {
        self.0
            .query((keys::PK, keys::partition(&scan.org_id, shard)), keys::event_range(scan.span, scan.order))
            .scan_index_forward(scan.order == Order::Oldest)
            .set_exclusive_start_key(start.map(|start| start.0))
    }
}

/// Reads an item as a row; `None` if it is outside of the span.
fn row(scan: &HotScan, item: &Item) -> Option<HotRow> {
    match read(&scan.org_id, item) {
        Ok(event) => scan.span.contains(event.id).then(|| HotRow::Event(Box::new(event))),
        Err(error) => {
            let sk = sort_key(item).unwrap_or_default().to_owned();
            keys::contains(scan.span, scan.order, &sk).then_some(HotRow::Unreadable { sk, error })
        }
    }
}

/// Builds the key of an event.
pub(crate) fn key(org_id: &OrgId, id: EventId) -> Writer {
    let key = Writer::default().text(keys::PK, keys::partition(org_id, id.shard()));
    key.text(keys::SK, keys::event(id))
}

fn write(event: &Event) -> Writer {
    let writer = key(&event.org_id, event.id).text("ingested_at", event.ingested_at.to_string());
    flat::NAMES.into_iter().zip(event.texts()).fold(writer, |writer, (name, text)| writer.text_if(name, text))
}

/// Reads an event of `org_id`.
///
/// # Errors
///
/// [`TablesError::Malformed`], also if the keys are not those of an event of `org_id`.
fn read(org_id: &OrgId, item: &Item) -> Result<Event> {
    let reader = Reader { table: "events", item };
    let pk = reader.text(keys::PK)?;
    let id = reader.parsed(keys::SK, |sk| keys::read_event(org_id, &pk, sk))?;
    let mut texts = [const { None }; flat::NAMES.len()];
    for (name, text) in flat::NAMES.into_iter().zip(&mut texts) {
        *text = reader.text_if(name)?;
    }
    let event = Event::from_texts(id, org_id.clone(), reader.instant("ingested_at")?, texts);
    event.map_err(|Malformed(name)| reader.malformed(name))
}

#[cfg(test)]
mod tests {
    use audit_core::{IdKey, UnixMicros, request};

    use super::*;

    const BODY: &str = r#"{"occurred_at":"2026-11-17T23:59:59.999999Z","actor":{"type":"api_key","id":"key_1","name":"CI",
        "email":"Ci@x.y"},"action":"member.invited","target":{"type":"user","id":"usr_2","name":"Ada"},"result":"failed",
        "failure_reason":"full","context":{"ip":"::1","user_agent":"curl","request_id":"r-1"},"details":{"b":1.0}}"#;

    #[test]
    fn the_item_of_an_event_never_changes_and_is_read_back() {
        let (acme, now) = ("acme".parse::<OrgId>().unwrap(), UnixMicros::new(1_795_000_000_000_000));
        let new = request::read(BODY.as_bytes(), None, now).unwrap().remove(0);
        let event = new.into_event(acme.clone(), &IdKey::new([7; 32]), now, 5);
        let item = write(&event).item();
        let mut attributes: Vec<_> =
            item.iter().map(|(name, text)| format!("{name}={}", text.as_s().unwrap())).collect();
        attributes.sort();
        let expected = [
            "action=member.invited",
            "actor_email=Ci@x.y",
            "actor_id=key_1",
            "actor_name=CI",
            "actor_type=api_key",
            "category=team",
            r#"details={"b":1.0}"#,
            "failure_reason=full",
            "ingested_at=2026-11-18T11:06:40.000000Z",
            "ip=::1",
            "pk=acme#3",
            "request_id=r-1",
            "result=failed",
            "sk=2026-11-17T23:59:59.999999Z#01a1ebf4-03ff-7ffb-8000-000000000005",
            "target_id=usr_2",
            "target_name=Ada",
            "target_type=user",
            "user_agent=curl",
        ];
        assert_eq!(attributes, expected);
        assert_eq!(read(&acme, &item).unwrap(), event);
        for name in ["actor_type", "actor_id", "action", "category", "result"] {
            let mut without = item.clone();
            without.remove(name);
            let error = read(&acme, &without).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
