//! A segment read whole, by Parquet's own row reader: neither pages nor columns are read as searches read them.

use std::collections::HashMap;

use audit_core::{
    BatchTotals, Details, EventId, FilterFields, Footer, OrgId, SegmentRecord, SegmentRow, Seq, UnixMicros, Violation,
    invariants::{row_in_place, search_reaches_segment},
};
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use crate::columns::NAMES;
use crate::error::{SegmentError, unreadable};
use crate::keys;
use crate::object::Object;
use crate::open::check_format;
use crate::prune::may_match_own;
use crate::summary::Summary;

/// What the bytes of a segment say, without the ledger.
#[derive(Debug, Clone)]
pub struct FullSegment {
    /// The record that a ledger has of it; nothing is staged.
    pub record: SegmentRecord,
    /// Its footer.
    pub footer: Footer,
    /// The ids of its rows, in their order.
    pub ids: Vec<EventId>,
    /// The first row that does not stand where it should.
    pub misplaced: Option<Violation>,
    /// The first row that searches pass over, as the ledger describes the segment.
    pub passed_over: Option<Violation>,
}

impl FullSegment {
    /// Reads every column of every row, on a thread of its own, beside what the ledger says of them.
    ///
    /// *Errors*: [`SegmentError::Unreadable`], also where the reader panics over the bytes.
    pub async fn read_blocking(object: &Object, described: Option<&SegmentRecord>) -> Result<Self, SegmentError> {
        let (copy, described) = (object.clone(), described.cloned());
        let read = tokio::task::spawn_blocking(move || Self::read(&copy, described.as_ref())).await;
        read.unwrap_or_else(|error| Err(unreadable(&object.key, error)))
    }

    fn read(object: &Object, described: Option<&SegmentRecord>) -> Result<Self, SegmentError> {
        let damaged = |error| unreadable(&object.key, error);
        let reader = SerializedFileReader::new(object.body.clone()).map_err(damaged)?;
        let file = reader.metadata().file_metadata();
        check_format(entry(file, keys::FOOTER_FORMAT)).map_err(|other| unreadable(&object.key, other))?;
        let footer = footer(file).ok_or_else(|| unreadable(&object.key, "its footer does not name its place"))?;
        let columns =
            known_columns(file).map_err(|name| unreadable(&object.key, format!("it has no column {name}")))?;
        let (mut ids, mut misplaced, mut passed_over, mut before) = (Vec::new(), None, None, None);
        let mut summary: Option<Summary> = None;
        for row in reader.get_row_iter(Some(columns)).map_err(damaged)? {
            let row = Values(row.map_err(damaged)?.into_columns());
            let place = row.place().ok_or_else(|| unreadable(&object.key, "a row has no place"))?;
            if !row.is_event(place.occurred_at) {
                return Err(unreadable(&object.key, "a row is no event"));
            }
            let index = ids.len() as u64;
            misplaced = misplaced.or_else(|| row_in_place(&footer, index, before.as_ref(), &place).err());
            let filter_fields = row.filter_fields();
            let passes_over = |record| {
                search_reaches_segment(record, place.id, may_match_own(record, place.id, &filter_fields)).err()
            };
            passed_over = passed_over.or_else(|| described.and_then(passes_over));
            let begin = || Summary::begin(footer.org_id.clone(), footer.first_seq, place.id);
            summary.get_or_insert_with(begin).add(place.id, &filter_fields);
            ids.push(place.id);
            before = Some(place);
        }
        let summary = summary.ok_or_else(|| unreadable(&object.key, "it has no rows"))?;
        Ok(Self { record: summary.record(&object.body).map_err(damaged)?, footer, ids, misplaced, passed_over })
    }
}

/// The schema of the columns that this version knows; a newer one may have written more.
///
/// *Errors*: the name of a column that is missing.
fn known_columns(file: &FileMetaData) -> Result<Type, &'static str> {
    let schema = file.schema();
    let find = |name| schema.get_fields().iter().find(|field| field.name() == name).cloned().ok_or(name);
    let known = NAMES.iter().map(|name| find(*name)).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder(schema.name()).with_fields(known).build().map_err(|_| "root")
}

fn entry<'a>(file: &'a FileMetaData, key: &str) -> Option<&'a str> {
    file.key_value_metadata()?.iter().find(|entry| entry.key == key)?.value.as_deref()
}

fn footer(file: &FileMetaData) -> Option<Footer> {
    let entries = file.key_value_metadata().into_iter().flatten();
    let entries: HashMap<_, _> = entries.map(|entry| (entry.key.as_str(), entry.value.as_deref())).collect();
    let text = |key: &str| entries.get(key).copied().flatten();
    let number = |key: &str| text(key)?.parse().ok();
    let totals = number(keys::FOOTER_BATCH_ROWS).zip(number(keys::FOOTER_BATCH_SEGMENTS));
    Some(Footer {
        org_id: OrgId::parse(text(keys::FOOTER_ORG)?)?,
        first_seq: Seq(number(keys::FOOTER_FIRST_SEQ)?),
        rows: number(keys::FOOTER_ROWS)?,
        batch: Seq(number(keys::FOOTER_BATCH)?),
        index: number(keys::FOOTER_BATCH_INDEX)?,
        totals: totals.map(|(rows, segments)| BatchTotals { rows, segments }),
    })
}

/// The values of a row, by the names of their columns.
struct Values(Vec<(String, Field)>);

impl Values {
    fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find_map(|(column, value)| (column == name).then_some(value))
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Field::Str(text) => Some(text),
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Field::Long(number) => Some(*number),
            _ => None,
        }
    }

    fn place(&self) -> Option<SegmentRow> {
        Some(SegmentRow {
            seq: Seq(u64::try_from(self.number("seq")?).ok()?),
            id: EventId::parse(self.text("id")?)?,
            occurred_at: UnixMicros(self.number("occurred_at_us")?),
            org_id: OrgId::parse(self.text("org_id")?)?,
        })
    }

    /// Whether a search could return it.
    fn is_event(&self, occurred_at: UnixMicros) -> bool {
        let instant = |name| match self.get(name)? {
            Field::TimestampMicros(us) => Some(UnixMicros(*us)),
            _ => None,
        };
        ["actor_type", "actor_id", "action", "category", "result"].iter().all(|name| self.text(name).is_some())
            && self.text("details").is_none_or(|text| Details::stored(text.to_owned()).is_some())
            && instant("occurred_at") == Some(occurred_at)
            && instant("ingested_at").is_some()
    }

    fn filter_fields(&self) -> FilterFields<'_> {
        FilterFields {
            actor_id: self.text("actor_id").unwrap_or_default(),
            actor_email: self.text("actor_email"),
            action: self.text("action").unwrap_or_default(),
            category: self.text("category").unwrap_or_default(),
            target_id: self.text("target_id"),
            result: self.text("result").unwrap_or_default(),
        }
    }
}
