//! A segment that is read in full by Parquet's own row reader, independently of how searches read pages and columns.

use audit_core::{
    CompactRange, Event, EventId, FilterFields, Footer, LeafFields, SegmentFilters, SegmentLeaves, SegmentRecord,
    SegmentRow, Seq, UnixMicros, Violation,
    address::canonical_text,
    flat,
    invariants::{row_in_place, row_unchanged, search_reaches_segment},
};
use parquet::file::metadata::FileMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use crate::error::{SegmentError, unreadable};
use crate::format::checksums::tail_of;
use crate::format::footer::{self, check_format, entry};
use crate::format::rows::column_names;
use crate::format::summary::Summary;
use crate::prune::may_match_own;
use crate::{Object, keys};

/// The contents of a segment, read without the ledger.
#[derive(Debug, Clone)]
pub struct FullSegment {
    /// Its record for a ledger; nothing is staged.
    pub record: SegmentRecord,
    /// Its filters for a ledger.
    pub filters: SegmentFilters,
    /// Its footer.
    pub footer: Footer,
    /// The ids of its rows, in their order.
    pub ids: Vec<EventId>,
    /// The leaves of its rows, range by range; empty if they do not have the digests in its footer.
    pub leaves: Vec<CompactRange>,
    /// The first row that is out of place, or that is not the one that was written, or else the first such range.
    pub altered: Option<Violation>,
    /// The first row that searches skip, as the ledger describes the segment.
    pub passed_over: Option<Violation>,
}

/// A segment as the ledger describes it.
pub type Described = (SegmentRecord, SegmentFilters);

impl FullSegment {
    /// Reads every column of every row, on a separate thread, and compares the rows with the ledger's record and filters.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`], also if the reader panics.
    pub async fn read_blocking(object: &Object, described: Option<Described>) -> Result<Self, SegmentError> {
        let copy = object.clone();
        let read = tokio::task::spawn_blocking(move || Self::read(&copy, described.as_ref())).await;
        read.unwrap_or_else(|error| Err(unreadable(&object.key, error)))
    }

    fn read(object: &Object, described: Option<&Described>) -> Result<Self, SegmentError> {
        let damaged = |error| unreadable(&object.key, error);
        let reader = SerializedFileReader::new(object.body.clone()).map_err(damaged)?;
        let file = reader.metadata().file_metadata();
        check_format(entry(file, keys::FOOTER_FORMAT)).map_err(|other| unreadable(&object.key, other))?;
        let footer =
            footer::read(file).ok_or_else(|| unreadable(&object.key, "its footer does not state its place"))?;
        let columns =
            known_columns(file).map_err(|name| unreadable(&object.key, format!("it has no column {name}")))?;
        let (mut ids, mut altered, mut passed_over, mut before) = (Vec::new(), None, None, None);
        let (mut summary, mut leaves) = (None::<Summary>, SegmentLeaves::new(&footer.ranges));
        for row in reader.get_row_iter(Some(columns)).map_err(damaged)? {
            let row = Values(row.map_err(damaged)?.into_columns());
            let place = row.place().ok_or_else(|| unreadable(&object.key, "a row has no place"))?;
            let event = row.event(&place).ok_or_else(|| unreadable(&object.key, "a row is not an event"))?;
            let as_written = row_in_place(&footer, before.as_ref(), &place)
                .and_then(|()| row.repeats(&place, &event))
                .and_then(|()| leaves.add(place.seq, row.salt(), &LeafFields::of(&event)));
            altered = altered.or(as_written.err());
            let filter_fields = FilterFields::of(&event);
            let passes_over = |(record, filters): &Described| {
                let reaches = may_match_own((record, filters), place.id, &filter_fields);
                search_reaches_segment(record, place.id, reaches).err()
            };
            passed_over = passed_over.or_else(|| described.and_then(passes_over));
            let begin = || Summary::begin(footer.org_id.clone(), place.id);
            summary.get_or_insert_with(begin).add(place.id, &filter_fields);
            ids.push(place.id);
            before = Some(place);
        }
        let summary = summary.ok_or_else(|| unreadable(&object.key, "it has no rows"))?;
        let (record, filters) = summary.finish(&footer, &object.body, tail_of(&object.body).map_err(damaged)?);
        let (leaves, changed) = match leaves.finish() {
            Ok(leaves) => (leaves, None),
            Err(violation) => (Vec::new(), Some(violation)),
        };
        Ok(Self { record, filters, footer, ids, leaves, altered: altered.or(changed), passed_over })
    }
}

/// Returns the schema of the columns that this version knows; a newer one may have written more.
///
/// # Errors
/// The name of a missing column.
fn known_columns(file: &FileMetaData) -> Result<Type, &'static str> {
    let schema = file.schema();
    let find = |name| schema.get_fields().iter().find(|field| field.name() == name).cloned().ok_or(name);
    let known = column_names().map(find).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder(schema.name()).with_fields(known).build().map_err(|_| "root")
}

/// The values of a row, by the names of their columns.
struct Values(Vec<(String, Field)>);

impl Values {
    fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find_map(|(column, value)| (column == name).then_some(value))
    }

    fn text(&self, name: &str) -> Option<&str> {
        let Field::Str(text) = self.get(name)? else { return None };
        Some(text)
    }

    fn number(&self, name: &str) -> Option<i64> {
        let Field::Long(number) = self.get(name)? else { return None };
        Some(*number)
    }

    fn instant(&self, name: &str) -> Option<UnixMicros> {
        let Field::TimestampMicros(us) = self.get(name)? else { return None };
        Some(UnixMicros::new(*us))
    }

    fn place(&self) -> Option<SegmentRow> {
        Some(SegmentRow {
            seq: Seq(u64::try_from(self.number("seq")?).ok()?),
            id: self.text("id")?.parse().ok()?,
            occurred_at: UnixMicros::new(self.number("occurred_at_us")?),
            org_id: self.text("org_id")?.parse().ok()?,
        })
    }

    /// Returns the salt that the row stores itself.
    fn salt(&self) -> Option<&[u8]> {
        let Field::Bytes(salt) = self.get("salt")? else { return None };
        Some(salt.data())
    }

    /// I-5: the row repeats instants and addresses of its event.
    fn repeats(&self, place: &SegmentRow, event: &Event) -> Result<(), Violation> {
        let ip = event.context.as_ref().and_then(|context| context.ip.as_deref());
        let occurred_at = self.instant("occurred_at").unwrap_or(UnixMicros::new(i64::MIN));
        let addresses = ip.and_then(canonical_text);
        row_unchanged(event.id, [place.occurred_at, occurred_at], [self.text("ip_addresses"), addresses.as_deref()])
    }

    /// Returns the event of a row, if a search could return it.
    fn event(&self, place: &SegmentRow) -> Option<Event> {
        let texts = flat::NAMES.map(|name| self.text(name).map(str::to_owned));
        Event::from_texts(place.id, place.org_id.clone(), self.instant("ingested_at")?, texts).ok()
    }
}
