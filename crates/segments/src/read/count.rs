//! Counts the matching rows of a segment: reads only the columns that the filter and the groups look at.
//!
//! The values are read as the file stores them, as numbers into a dictionary, so each distinct value is looked at once.

use std::collections::HashMap;
use std::ops::Range;

use arrow::array::{Int64Array, StringArray};
use audit_core::stats::{ArchivedRow, Bar, Bars, Count, Field, Group, Labels, Newest, Seen, Tally};
use audit_core::{EventResult, Filter, SegmentName, Span, UnixMicros};

use super::matching::{ABSENT, Stored, matching};
use super::segment::OpenSegment;
use crate::error::SegmentError;
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
    /// The columns of texts that the filter and the groups look at.
    fn columns(&self) -> Vec<&'static str> {
        let mut columns = self.filter.columns();
        columns.extend(self.field.map(Field::column).into_iter().chain(["result"]));
        columns.sort_unstable();
        columns.dedup();
        columns
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
        let texts = counting.columns();
        let time = counting.reads_time().then_some("occurred_at_us");
        let columns: Vec<_> = texts.iter().copied().chain(time).collect();
        let mut rows = Rows::new(counting, self.name());
        for (row_group, range) in self.ranges_of(span).await? {
            let mut row = self.rows_before(row_group) + range.start as u64;
            for batch in self.read_stored(row_group, range, &columns, &texts).await? {
                rows.add(&Columns { key: &self.key, batch: &batch }, row)?;
                row += batch.num_rows() as u64;
            }
        }
        Ok(rows.finish())
    }

    /// Returns the rows of a span, at most one range for each row group.
    async fn ranges_of(&self, span: Span) -> Result<Vec<(usize, Range<usize>)>, SegmentError> {
        let (mut ranges, mut pages) = (Vec::new(), self.pages_of(span));
        while !pages.is_empty() {
            let row_group = self.pages[pages.start].row_group;
            let of_group = self.pages[pages.clone()].partition_point(|page| page.row_group == row_group);
            let rows = self.rows_of(&(pages.start..pages.start + of_group), span).await?;
            ranges.push((row_group, rows));
            pages.start += of_group;
        }
        ranges.retain(|(_, rows)| !rows.is_empty());
        Ok(ranges)
    }

    /// Reads the labels of rows, which are given by their places in the segment in ascending order.
    pub async fn labels(&self, rows: &[u64], field: Field) -> Result<Vec<Labels>, SegmentError> {
        let names = field.label_columns();
        let columns: Vec<_> = names.iter().flatten().copied().collect();
        let mut labels = Vec::with_capacity(rows.len());
        for row_group in 0..self.metadata.metadata().num_row_groups() {
            let first = self.rows_before(row_group);
            let inside = first..first + self.metadata.metadata().row_group(row_group).num_rows() as u64;
            let of_group = rows.iter().filter(|row| inside.contains(row)).map(|row| (row - first) as usize);
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
    segment: SegmentName,
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
    /// The instant and the place of the last row.
    last: Option<(UnixMicros, u64)>,
}

impl<'a> Rows<'a> {
    fn new(counting: &'a Counting, segment: SegmentName) -> Self {
        Self { counting, segment, groups: Vec::new(), places: HashMap::new(), valueless: None, bar: None }
    }

    /// Adds the rows of a batch, the first of which has this place in the file.
    fn add(&mut self, batch: &Columns<'_>, first_row: u64) -> Result<(), SegmentError> {
        let rows = batch.batch.num_rows();
        let counting = self.counting;
        let Counting { filter, field, bars } = counting;
        let matched = if filter.is_empty() { None } else { Some(matching(batch, filter)?) };
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
                let newest = Newest::Archived(ArchivedRow { segment: self.segment, row });
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
    let column = Stored::of(batch, name)?;
    let mut found = vec![None; column.values()];
    let each = (0..batch.batch.num_rows()).map(|row| match matched.is_none_or(|matched| matched[row]) {
        false => T::default(),
        true => {
            let entry = column.value(row);
            let place = if entry == ABSENT { column.values() - 1 } else { entry as usize };
            *found[place].get_or_insert_with(|| of(column.text(row)))
        }
    });
    Ok(each.collect())
}
