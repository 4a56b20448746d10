//! The events table: hot events are put, read in order of their positions, and counted.
//!
//! Org, id and `occurred_at` are stored in the keys only, so that an ordinary event stays under 1 KB, one write unit.

use audit_core::{
    Action, Actor, ActorType, Category, Context, Details, Event, EventId, EventResult, Order, OrgId, Span, Target,
};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::Select;

use crate::conditional::applied;
use crate::error::{Result, TablesError, failed};
use crate::items::{Item, Reader, Table, Writer, find, item_bytes, sort_key, text};
use crate::keys;
use crate::send::Request as _;

/// Maximum number of rows of one page. A page is also cut at 1 MB, but the embedded store reads all rows that a page may
/// have before it cuts the page there: without this limit, a million rows at once.
pub const PAGE_ROWS: i32 = 1_000;

/// What became of a put.
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

/// One page of the ids of one shard.
#[derive(Debug)]
pub struct IdPage {
    /// The ids, in order.
    pub ids: Vec<EventId>,
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
    pub async fn ids(&self, scan: &HotScan, shard: u8, start: Option<PageStart>) -> Result<IdPage> {
        let query = self.query(scan, shard, start).projection_expression("sk").limit(PAGE_ROWS);
        let page = query.sent().await.map_err(failed("Query"))?;
        let partition = keys::partition(&scan.org_id, shard);
        let id = |item| keys::read_event(&scan.org_id, &partition, sort_key(item)?).filter(|id| scan.span.holds(*id));
        Ok(IdPage {
            ids: page.items.iter().flatten().filter_map(id).collect(),
            next: page.last_evaluated_key.map(PageStart),
        })
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

/// Reads an item as a row; `None` if it lies outside of the span.
fn row(scan: &HotScan, item: &Item) -> Option<HotRow> {
    match read(&scan.org_id, item) {
        Ok(event) => scan.span.holds(event.id).then(|| HotRow::Event(Box::new(event))),
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
    let target = event.target.as_ref();
    let context = event.context.as_ref();
    key(&event.org_id, event.id)
        .text("ingested_at", event.ingested_at.to_string())
        .text("actor_type", event.actor.kind.as_str())
        .text("actor_id", &event.actor.id)
        .text_if("actor_name", event.actor.name.as_deref())
        .text_if("actor_email", event.actor.email.as_deref())
        .text("action", event.action.as_str())
        .text("category", event.category.as_str())
        .text_if("target_type", target.and_then(|it| it.kind.as_deref()))
        .text_if("target_id", target.and_then(|it| it.id.as_deref()))
        .text_if("target_name", target.and_then(|it| it.name.as_deref()))
        .text("result", event.result.as_str())
        .text_if("failure_reason", event.failure_reason.as_deref())
        .text_if("ip", context.and_then(|it| it.ip.as_deref()))
        .text_if("user_agent", context.and_then(|it| it.user_agent.as_deref()))
        .text_if("request_id", context.and_then(|it| it.request_id.as_deref()))
        .text_if("details", event.details.as_ref().map(Details::as_str))
}

/// Reads an event. Values of closed sets are taken as they are: a newer version may have written others.
///
/// # Errors
///
/// [`TablesError::Malformed`], also if the keys are not those of an event of `org_id`.
fn read(org_id: &OrgId, item: &Item) -> Result<Event> {
    let reader = Reader { table: "events", item };
    let pk = reader.text(keys::PK)?;
    let id = reader.parsed(keys::SK, |sk| keys::read_event(org_id, &pk, sk))?;
    Ok(Event {
        id,
        org_id: org_id.clone(),
        occurred_at: id.occurred_at(),
        ingested_at: reader.instant("ingested_at")?,
        actor: Actor {
            kind: ActorType::stored(reader.text("actor_type")?),
            id: reader.text("actor_id")?,
            name: reader.text_if("actor_name")?,
            email: reader.text_if("actor_email")?,
        },
        action: Action::stored(reader.text("action")?),
        category: Category::stored(reader.text("category")?),
        target: Target::of(
            reader.text_if("target_type")?,
            reader.text_if("target_id")?,
            reader.text_if("target_name")?,
        ),
        result: EventResult::stored(reader.text("result")?),
        failure_reason: reader.text_if("failure_reason")?,
        context: Context::of(reader.text_if("ip")?, reader.text_if("user_agent")?, reader.text_if("request_id")?),
        details: reader.parsed_if("details", |text| Details::stored(text.to_owned()))?,
    })
}
