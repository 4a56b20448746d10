//! The counts of one segment, among its filters in the ledger: enough to count its events by time, and by what was done,
//! without reading it. Its record is enough to count them by UTC day.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::EventResult;
use crate::filter::{Filter, FilterFields};
use crate::id::EventId;
use crate::limits::SEGMENT_ACTIONS;
use crate::segment::SegmentRecord;
use crate::segment_filters::{FilterPart, SegmentFilters};
use crate::span::Span;
use crate::stats::{Bar, Bars, Count, Field, Group, GroupBy, QUARTER_US, Tally};
use crate::time::{Month, UnixMicros};

/// Quarter hours of the longest month.
const QUARTERS: usize = 31 * 96;
/// The maximum number of cells of a table; normally there are two for each action.
const CELLS: usize = 4 * SEGMENT_ACTIONS;

/// How many events a segment contains, by quarter hour of its UTC month, and by what was done.
///
/// Stored as variable-length numbers. First the number of quarter hours that have events; then, of each of these, the
/// empty ones before it, its events, and those of them that failed; then the cells of the table. There is no table if
/// the segment has too many actions, or a result that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentCounts(Arc<[u8]>);

/// The counts as numbers.
struct Decoded {
    /// The quarter hours that have events, counted from the start of the month.
    quarters: Vec<(u64, Count)>,
    table: Vec<Cell>,
}

/// The events of one action, category and result. Action and category are places in the lists of the segment's record.
struct Cell {
    action: usize,
    category: usize,
    failed: bool,
    count: u64,
}

/// The category of events of an action, whether they failed, and how many there are.
type CategoryCount = (String, bool, u64);

/// Collects the counts of a segment row by row.
#[derive(Debug)]
pub struct CountsBuilder {
    /// By quarter hour since 1970.
    quarters: BTreeMap<i64, Count>,
    /// By action. `None` if the table would be too large.
    table: Option<BTreeMap<String, Vec<CategoryCount>>>,
}

impl Default for CountsBuilder {
    fn default() -> Self {
        Self { quarters: BTreeMap::new(), table: Some(BTreeMap::new()) }
    }
}

impl CountsBuilder {
    /// Adds a row.
    pub fn add(&mut self, id: EventId, event: &FilterFields<'_>) {
        let failed = event.result == EventResult::FAILED.as_str();
        *self.quarters.entry(quarter(id.occurred_at())).or_default() += Count::one(failed);
        let is_known = failed || event.result == EventResult::SUCCEEDED.as_str();
        let Some(table) = self.table.as_mut().filter(|_| is_known) else {
            self.table = None;
            return;
        };
        if !table.contains_key(event.action) {
            if table.len() == SEGMENT_ACTIONS {
                self.table = None;
                return;
            }
            table.insert(event.action.to_owned(), Vec::new());
        }
        let Some(cells) = table.get_mut(event.action) else { return };
        match cells.iter_mut().find(|(category, of_failed, _)| category == event.category && *of_failed == failed) {
            Some((_, _, count)) => *count += 1,
            None => cells.push((event.category.to_owned(), failed, 1)),
        }
    }

    /// Returns the counts of a segment of this month with these actions and categories.
    pub fn finish(self, month: Month, actions: Option<&[String]>, categories: &[String]) -> SegmentCounts {
        let place = |list: &[String], text: &str| list.binary_search_by(|it| it.as_str().cmp(text)).ok();
        let table = self.table.zip(actions).and_then(|(table, actions)| {
            let mut cells = Vec::new();
            for (action, of_action) in table {
                let action = place(actions, &action)?;
                for (category, failed, count) in of_action {
                    cells.push(Cell { action, category: place(categories, &category)?, failed, count });
                }
            }
            (cells.len() <= CELLS).then_some(cells)
        });
        let mut bytes = Vec::new();
        put(&mut bytes, self.quarters.len() as u64);
        let mut next = quarter(month.first_day().start());
        for (at, Count { count, failed }) in self.quarters {
            // Only rows out of their place precede the month, and the reader that meets them reports them.
            put(&mut bytes, u64::try_from(at - next).unwrap_or(0));
            put(&mut bytes, count);
            put(&mut bytes, failed);
            next = at + 1;
        }
        for cell in table.iter().flatten() {
            put(&mut bytes, cell.action as u64 * 2 + u64::from(cell.failed));
            put(&mut bytes, cell.category as u64);
            put(&mut bytes, cell.count);
        }
        SegmentCounts(bytes.into())
    }
}

fn quarter(at: UnixMicros) -> i64 {
    at.micros().div_euclid(QUARTER_US)
}

impl SegmentCounts {
    /// Returns the counts among the filters of a segment; `None` if they are absent, or not those of such a segment.
    pub fn of(filters: &SegmentFilters, segment: &SegmentRecord) -> Option<Self> {
        let bytes = filters.get(FilterPart::Counts)?;
        let actions = segment.actions.as_ref().map_or(0, Vec::len);
        let rows = Count { count: segment.days.total(), failed: segment.days.failed() };
        Self::from_bytes(Arc::clone(bytes), rows, actions, segment.categories.len())
    }

    /// Reads the stored form; `None` if it is not that of a segment with these rows, actions and categories.
    fn from_bytes(bytes: Arc<[u8]>, rows: Count, actions: usize, categories: usize) -> Option<Self> {
        let Decoded { quarters, table } = decode(&bytes)?;
        let total = sum(quarters.iter().map(|(_, count)| count.count))?;
        let failed = sum(quarters.iter().map(|(_, count)| count.failed))?;
        let of_table = sum(table.iter().map(|cell| cell.count))?;
        let failed_of_table = sum(table.iter().filter(|cell| cell.failed).map(|cell| cell.count))?;
        let is_whole = quarters.iter().all(|(_, count)| count.count > 0 && count.failed <= count.count)
            && table.iter().all(|cell| cell.action < actions && cell.category < categories)
            && (table.is_empty() || (of_table, failed_of_table) == (total, failed));
        (Count { count: total, failed } == rows && is_whole).then_some(Self(bytes))
    }

    /// Returns the stored form.
    pub fn into_bytes(self) -> Arc<[u8]> {
        self.0
    }
}

fn decode(mut bytes: &[u8]) -> Option<Decoded> {
    let of_month = |quarter: &u64| *quarter < QUARTERS as u64;
    let (mut quarters, mut next) = (Vec::new(), 0);
    for _ in 0..take(&mut bytes)? {
        let at = take(&mut bytes)?.checked_add(next).filter(of_month)?;
        quarters.push((at, Count { count: take(&mut bytes)?, failed: take(&mut bytes)? }));
        next = at + 1;
    }
    let mut table = Vec::new();
    while !bytes.is_empty() {
        let (action, category, count) = (take(&mut bytes)?, take(&mut bytes)?, take(&mut bytes)?);
        let (action, failed) = (usize::try_from(action / 2).ok()?, action % 2 == 1);
        table.push(Cell { action, category: usize::try_from(category).ok()?, failed, count });
    }
    Some(Decoded { quarters, table })
}

/// Whether quarter hours are enough to answer, so that [`answer`] can also answer for a part of a segment.
pub fn by_quarters(filter: &Filter, by: GroupBy) -> bool {
    filter.is_empty() && by.field.is_none()
}

/// Whether [`answer`] can answer for every segment that lies in the range and whose counts are known.
pub fn can_answer(filter: &Filter, by: GroupBy) -> bool {
    let of_table = |column: &&str| matches!(*column, "action" | "category" | "result");
    match by {
        GroupBy { time: true, field: None } => filter.is_empty(),
        GroupBy { time: true, field: Some(_) } => false,
        GroupBy { field: None | Some(Field::Action | Field::Category | Field::Result), .. } => {
            filter.columns().iter().all(of_table)
        }
        GroupBy { field: Some(_), .. } => false,
    }
}

/// Counts the events of a segment that lie in a span by the days in its record only; `None` if they are not enough:
/// there is a filter or a field to group by, or a day lies only partly in the span or in a bar.
pub fn answer_by_days(
    segment: &SegmentRecord,
    span: Span,
    filter: &Filter,
    by: GroupBy,
    bars: Option<&Bars>,
) -> Option<Tally> {
    if !by_quarters(filter, by) {
        return None;
    }
    let rows = segment.span();
    let mut tally = Tally::default();
    for (day, count) in segment.days.counts() {
        let of_day = Span::of_days(day, day).and(rows);
        let counted = of_day.and(span);
        if counted.is_empty() {
            continue;
        }
        let bar = bars.map(|bars| bars.bar(day.start()));
        if counted != of_day || bar.is_some_and(|bar| bar.end < day.next().start()) {
            return None;
        }
        tally.add(bar.map(|bar| bar.start), count);
    }
    Some(tally)
}

/// Counts the events of a segment that lie in a span by its record and its counts only; `None` if they are not enough,
/// and the segment must be read.
pub fn answer(
    segment: &SegmentRecord,
    counts: Option<&SegmentCounts>,
    span: Span,
    filter: &Filter,
    by: GroupBy,
    bars: Option<&Bars>,
) -> Option<Tally> {
    let by_days = answer_by_days(segment, span, filter, by, bars);
    if by_days.is_some() {
        return by_days;
    }
    let counts = counts.filter(|_| can_answer(filter, by))?;
    let Decoded { quarters, table } = decode(&counts.0)?;
    if by_quarters(filter, by) {
        return add_quarters(segment, span, &quarters, bars);
    }
    // A segment has at least one row, so an empty table is an absent one.
    let is_whole = span.contains(segment.first) && span.contains(segment.last);
    let actions = segment.actions.as_ref().filter(|_| is_whole && !table.is_empty())?;
    let mut tally = Tally::default();
    for cell in table {
        let (action, category) = (actions.get(cell.action)?, segment.categories.get(cell.category)?);
        let result = if cell.failed { EventResult::FAILED } else { EventResult::SUCCEEDED };
        // The filter reads no other field.
        let event = FilterFields { action, category, result: result.as_str(), ..FilterFields::default() };
        if !filter.matches(&event) {
            continue;
        }
        let count = Count { count: cell.count, failed: if cell.failed { cell.count } else { 0 } };
        match by.field {
            None => tally.add(None, count),
            Some(field) => tally.add_group(field.of_fields(&event), Group { count, ..Group::default() }),
        }
    }
    Some(tally)
}

/// Counts the quarter hours of a span; `None` if one of them lies in it only partly.
fn add_quarters(segment: &SegmentRecord, span: Span, quarters: &[(u64, Count)], bars: Option<&Bars>) -> Option<Tally> {
    let (start, rows) = (segment.month.first_day().start().micros(), segment.span());
    let (mut tally, mut bar) = (Tally::default(), None::<Bar>);
    for (quarter, count) in quarters {
        let at = |quarter: u64| UnixMicros::new(start + quarter as i64 * QUARTER_US);
        let (start, of_quarter) = (at(*quarter), Span::between(Some(at(*quarter)), Some(at(quarter + 1))).and(rows));
        let counted = of_quarter.and(span);
        if counted.is_empty() {
            continue;
        }
        if counted != of_quarter {
            return None;
        }
        bar = bars.map(|bars| bar.filter(|bar| bar.contains(start)).unwrap_or_else(|| bars.bar(start)));
        tally.add(bar.map(|bar| bar.start), *count);
    }
    Some(tally)
}

fn sum(mut numbers: impl Iterator<Item = u64>) -> Option<u64> {
    numbers.try_fold(0, u64::checked_add)
}

/// Appends a number, seven bits a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number from the front.
fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let byte = bytes.split_off_first()?;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests;
