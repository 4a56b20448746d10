//! Rows of an Arrow batch as events.

use arrow::array::{Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use audit_core::{
    Action, Actor, ActorType, Category, Context, Details, Event, EventId, EventResult, OrgId, Target, UnixMicros,
    invariants::owned_by,
};

use crate::error::{SegmentError, unreadable};

/// The columns of one batch, by name.
pub(crate) struct Columns<'a> {
    pub(crate) key: &'a str,
    pub(crate) batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    fn array<A: Array + 'static>(&self, name: &str) -> Result<&'a A, SegmentError> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<A>());
        column.ok_or_else(|| unreadable(self.key, format!("the column {name} is missing or of another type")))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<&'a StringArray, SegmentError> {
        self.array(name)
    }

    pub(crate) fn ids(&self) -> Result<Vec<EventId>, SegmentError> {
        let texts = self.texts("id")?;
        (0..texts.len()).map(|row| self.parsed(texts, row, "id", EventId::parse)).collect()
    }

    fn parsed<T>(
        &self,
        texts: &StringArray,
        row: usize,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SegmentError> {
        let value = text(texts, row).and_then(parse);
        value.ok_or_else(|| unreadable(self.key, format!("the column {name} holds what is no {name}")))
    }

    fn required(&self, texts: &'a StringArray, row: usize, name: &str) -> Result<&'a str, SegmentError> {
        text(texts, row).ok_or_else(|| unreadable(self.key, format!("the column {name} holds nothing")))
    }

    /// The events of the batch. Values of closed sets are taken as they are: a newer version may have written others.
    ///
    /// *Errors*: also where a row belongs to another org, or its instant is not its id's.
    pub(crate) fn events(&self, org_id: &OrgId) -> Result<Vec<Event>, SegmentError> {
        let (ids, orgs) = (self.ids()?, self.texts("org_id")?);
        let occurred: &Int64Array = self.array("occurred_at_us")?;
        let ingested: &TimestampMicrosecondArray = self.array("ingested_at")?;
        let (actor_type, actor_id) = (self.texts("actor_type")?, self.texts("actor_id")?);
        let (actor_name, actor_email) = (self.texts("actor_name")?, self.texts("actor_email")?);
        let (action, category) = (self.texts("action")?, self.texts("category")?);
        let (target_type, target_id) = (self.texts("target_type")?, self.texts("target_id")?);
        let (target_name, result) = (self.texts("target_name")?, self.texts("result")?);
        let (reason, details) = (self.texts("failure_reason")?, self.texts("details")?);
        let (ip, agent, request) = (self.texts("ip")?, self.texts("user_agent")?, self.texts("request_id")?);
        let owned = |texts: &StringArray, row| text(texts, row).map(str::to_owned);
        let mut events = Vec::with_capacity(ids.len());
        for (row, id) in ids.into_iter().enumerate() {
            let event = Event {
                id,
                org_id: self.parsed(orgs, row, "org_id", OrgId::parse)?,
                occurred_at: UnixMicros(occurred.value(row)),
                ingested_at: UnixMicros(ingested.value(row)),
                actor: Actor {
                    kind: ActorType::stored(self.required(actor_type, row, "actor_type")?),
                    id: owned(actor_id, row).unwrap_or_default(),
                    name: owned(actor_name, row),
                    email: owned(actor_email, row),
                },
                action: Action::stored(self.required(action, row, "action")?),
                category: Category::stored(self.required(category, row, "category")?),
                target: Target::of(owned(target_type, row), owned(target_id, row), owned(target_name, row)),
                result: EventResult::stored(self.required(result, row, "result")?),
                failure_reason: owned(reason, row),
                context: Context::of(owned(ip, row), owned(agent, row), owned(request, row)),
                details: match owned(details, row) {
                    Some(_) => Some(self.parsed(details, row, "details", |text| Details::stored(text.to_owned()))?),
                    None => None,
                },
            };
            owned_by(org_id, &event).map_err(|violation| unreadable(self.key, violation))?;
            if event.occurred_at != id.occurred_at() {
                return Err(unreadable(self.key, "an instant is not that of its id"));
            }
            events.push(event);
        }
        Ok(events)
    }
}

pub(crate) fn text(texts: &StringArray, row: usize) -> Option<&str> {
    (!texts.is_null(row)).then(|| texts.value(row))
}

#[cfg(test)]
mod tests;
