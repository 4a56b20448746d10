//! Counts the matching rows of a segment: reads only the columns that the filter and the groups look at.
//!
//! Rows are in the order of their ids, so the positions of a span are one range of rows, whose ends are found by the
//! page index and the ids of up to two pages. The values by which rows are grouped are read as the file stores them, as
//! numbers into a dictionary, so each distinct value is looked at once.

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{Array, AsArray, DictionaryArray, Int64Array, StringArray};
use arrow::datatypes::Int32Type;
use audit_core::stats::{Bar, Bars, Count, Field, Group, Labels, Newest, Seen, Tally};
use audit_core::{EventResult, Filter, Seq, Span, UnixMicros};

use super::scan::matches;
use super::segment::OpenSegment;
use crate::error::{SegmentError, unreadable};
use crate::format::rows::{Columns, text};

/// What is counted of segments, and by what.
#[derive(Debug, Clone)]
pub struct Counting {
    /// The events that count.
    pub filter: Filter,
    /// The field by whose values they are grouped.
    pub field: Option<Field>,
    /// The bars that they are counted by.
    pub bars: Option<Bars>,
}

impl Counting {
    /// The columns that are read as plain texts, by the filter, and those that are read as the file stores them.
    fn columns(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let plain = self.filter.columns();
        let grouped = self.field.map(Field::column).into_iter().chain(["result"]);
        let mut stored: Vec<_> = grouped.filter(|name| !plain.contains(name)).collect();
        stored.dedup();
        (plain, stored)
    }

    fn reads_time(&self) -> bool {
        self.bars.is_some() || self.field.is_some_and(Field::is_seen)
    }
}

impl OpenSegment {
    /// Counts the rows of a span that match.
    ///
    /// # Errors
    /// [`SegmentError::Unreadable`] for a damaged file.
    pub async fn count(&self, span: Span, counting: &Counting) -> Result<Tally, SegmentError> {
        let (plain, stored) = counting.columns();
        let time = counting.reads_time().then_some("occurred_at_us");
        let columns: Vec<_> = plain.iter().chain(&stored).copied().chain(time).collect();
        let mut rows = Rows::new(counting, self.first_seq());
        for (row_group, range) in self.rows_of(span).await? {
            let mut row = self.rows_before(row_group) + range.start as u64;
            for batch in self.read_stored(row_group, range, &columns, &stored).await? {
                rows.add(&Columns { key: &self.key, batch: &batch }, row)?;
                row += batch.num_rows() as u64;
            }
        }
        Ok(rows.finish())
    }

    /// Returns the rows of a span, at most one range for each row group.
    async fn rows_of(&self, span: Span) -> Result<Vec<(usize, Range<usize>)>, SegmentError> {
        let start = self.pages.partition_point(|page| page.last.bits() < span.start);
        let end = self.pages.partition_point(|page| page.first.bits() < span.end);
        let mut ranges: Vec<(usize, Range<usize>)> = Vec::new();
        for at in start..end {
            let page = &self.pages[at];
            let mut rows = page.rows.clone();
            if !(span.contains(page.first) && span.contains(page.last)) {
                let ids = self.ids_of_page(at).await?;
                rows.end = page.rows.start + ids.partition_point(|id| id.bits() < span.end);
                rows.start += ids.partition_point(|id| id.bits() < span.start);
            }
            match ranges.last_mut() {
                Some((row_group, last)) if *row_group == page.row_group => last.end = rows.end,
                _ => ranges.push((page.row_group, rows)),
            }
        }
        ranges.retain(|(_, rows)| !rows.is_empty());
        Ok(ranges)
    }

    /// Reads the labels of rows, which are given by their sequence numbers in ascending order.
    pub async fn labels(&self, seqs: &[Seq], field: Field) -> Result<Vec<Labels>, SegmentError> {
        let names = field.label_columns();
        let columns: Vec<_> = names.iter().flatten().copied().collect();
        let mut labels = Vec::with_capacity(seqs.len());
        for row_group in 0..self.metadata.metadata().num_row_groups() {
            let first = self.first_seq().0 + self.rows_before(row_group);
            let rows = first..first + self.metadata.metadata().row_group(row_group).num_rows() as u64;
            let of_group = seqs.iter().filter(|seq| rows.contains(&seq.0)).map(|seq| (seq.0 - first) as usize);
            let ranges: Vec<_> = of_group.map(|row| row..row + 1).collect();
            if ranges.is_empty() {
                continue;
            }
            for batch in self.read(row_group, &ranges, Some(&columns)).await? {
                let batch = Columns { key: &self.key, batch: &batch };
                let texts = |name: Option<&str>| name.map(|name| batch.texts(name)).transpose();
                let [name, email, kind] = [texts(names[0])?, texts(names[1])?, texts(names[2])?];
                let of = |texts: Option<&StringArray>, row| texts.and_then(|texts| text(texts, row)).map(str::to_owned);
                let label = |row| Labels { name: of(name, row), email: of(email, row), kind: of(kind, row) };
                labels.extend((0..batch.batch.num_rows()).map(label));
            }
        }
        Ok(labels)
    }
}

/// The rows that were counted so far.
struct Rows<'a> {
    counting: &'a Counting,
    first_seq: Seq,
    /// The groups that were met: the value and the rows of each. Without a field, there is one.
    groups: Vec<(Option<String>, RowsOfGroup)>,
    places: HashMap<String, usize>,
    valueless: Option<usize>,
    bar: Option<Bar>,
}

/// The rows of one group.
#[derive(Debug, Default)]
struct RowsOfGroup {
    count: Count,
    /// In ascending order.
    bars: Vec<(UnixMicros, Count)>,
    first: Option<UnixMicros>,
    /// The instant and the number of the last row.
    last: Option<(UnixMicros, u64)>,
}

impl<'a> Rows<'a> {
    fn new(counting: &'a Counting, first_seq: Seq) -> Self {
        Self { counting, first_seq, groups: Vec::new(), places: HashMap::new(), valueless: None, bar: None }
    }

    /// Adds the rows of a batch, the first of which has this number in the file.
    fn add(&mut self, batch: &Columns<'_>, first_row: u64) -> Result<(), SegmentError> {
        let rows = batch.batch.num_rows();
        let counting = self.counting;
        let Counting { filter, field, bars } = counting;
        let matched = if filter.is_empty() { None } else { Some(matches(batch, filter, rows)?) };
        let times: Option<&Int64Array> =
            if counting.reads_time() { Some(batch.array("occurred_at_us")?) } else { None };
        let failed = each(batch, "result", None, |text| text == Some(EventResult::FAILED.as_str()))?;
        let places = match field {
            Some(field) => each(batch, field.column(), matched.as_deref(), |value| self.place(value))?,
            None => vec![self.place(None); rows],
        };
        for row in 0..rows {
            if matched.as_ref().is_some_and(|matched| !matched[row]) {
                continue;
            }
            let (_, group) = &mut self.groups[places[row]];
            let count = Count::one(failed[row]);
            group.count += count;
            let Some(times) = times else { continue };
            let at = UnixMicros::new(times.value(row));
            group.first.get_or_insert(at);
            group.last = Some((at, first_row + row as u64));
            if let Some(bars) = bars {
                let bar = self.bar.filter(|bar| bar.contains(at)).unwrap_or_else(|| bars.bar(at));
                self.bar = Some(bar);
                match group.bars.last_mut() {
                    Some((start, of_bar)) if *start == bar.start => *of_bar += count,
                    _ => group.bars.push((bar.start, count)),
                }
            }
        }
        Ok(())
    }

    /// Returns the place of a value's group.
    fn place(&mut self, value: Option<&str>) -> usize {
        let known = value.map_or(self.valueless, |value| self.places.get(value).copied());
        known.unwrap_or_else(|| {
            let place = self.groups.len();
            self.groups.push((value.map(str::to_owned), RowsOfGroup::default()));
            match value {
                Some(value) => _ = self.places.insert(value.to_owned(), place),
                None => self.valueless = Some(place),
            }
            place
        })
    }

    fn finish(self) -> Tally {
        let mut tally = Tally::default();
        for (value, rows) in self.groups.into_iter().filter(|(_, rows)| rows.count.count > 0) {
            let Some(field) = self.counting.field else {
                if rows.bars.is_empty() {
                    tally.add(None, rows.count);
                }
                rows.bars.into_iter().for_each(|(bar, count)| tally.add(Some(bar), count));
                continue;
            };
            let seen = |(first, (last, row))| {
                let newest = Newest::Archived(self.first_seq.plus(row));
                Seen { first, last, newest }
            };
            let seen = rows.first.zip(rows.last).filter(|_| field.is_seen()).map(seen);
            let group = Group { count: rows.count, bars: rows.bars.into_iter().collect(), seen };
            tally.add_group(value.as_deref(), group);
        }
        tally
    }
}

/// Returns for each row what `of` returns for its text. Looks at each entry of a dictionary once, and only at those of
/// rows that match.
fn each<T: Copy + Default>(
    batch: &Columns<'_>,
    name: &str,
    matched: Option<&[bool]>,
    mut of: impl FnMut(Option<&str>) -> T,
) -> Result<Vec<T>, SegmentError> {
    let rows = 0..batch.batch.num_rows();
    let matches = |row: usize| matched.is_none_or(|matched| matched[row]);
    let column: Option<&DictionaryArray<Int32Type>> =
        batch.batch.column_by_name(name).and_then(|it| it.as_dictionary_opt());
    let Some(column) = column else {
        let texts = batch.texts(name)?;
        return Ok(rows.map(|row| if matches(row) { of(text(texts, row)) } else { T::default() }).collect());
    };
    let texts: Option<&StringArray> = column.values().as_string_opt();
    let texts = texts.ok_or_else(|| unreadable(batch.key, format!("the column {name} contains no texts")))?;
    let (mut entries, mut absent) = (vec![None; texts.len()], None);
    let keys = column.keys();
    let each = rows.map(|row| match matches(row) {
        false => T::default(),
        true if keys.is_null(row) => *absent.get_or_insert_with(|| of(None)),
        true => {
            let entry = keys.value(row) as usize;
            *entries[entry].get_or_insert_with(|| of(text(texts, entry)))
        }
    });
    Ok(each.collect())
}
