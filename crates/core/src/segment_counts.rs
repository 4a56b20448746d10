//! The counts of one segment, in its ledger record: enough to count its events by time, and by what was done, without
//! reading it.

use std::collections::BTreeMap;

use crate::event::EventResult;
use crate::filter::{Filter, FilterFields};
use crate::id::EventId;
use crate::limits::SEGMENT_ACTIONS;
use crate::segment::SegmentRecord;
use crate::stats::{Bar, Bars, Count, Field, Group, GroupBy, QUARTER_US, Tally};
use crate::time::UnixMicros;

/// Quarter hours of a UTC day.
const QUARTERS: usize = 96;

/// The maximum number of cells of a table; normally there are two for each action.
const CELLS: usize = 4 * SEGMENT_ACTIONS;
/// The largest counts, in bytes: two numbers of three bytes for each quarter hour, and six bytes for each cell.
pub(crate) const LARGEST_COUNTS: usize = 6 * QUARTERS + 6 * CELLS;

/// How many events a segment contains, by quarter hour of its UTC day, and by what was done.
///
/// Stored as variable-length numbers: of each quarter hour its events and, if there are any, those that failed; then the
/// cells of the table. There is no table if the segment has too many actions, or a result that this version does not
/// know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentCounts(Vec<u8>);

/// The counts as numbers.
struct Decoded {
    quarters: Vec<Count>,
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
    quarters: Vec<Count>,
    /// By action. `None` if the table would be too large.
    table: Option<BTreeMap<String, Vec<CategoryCount>>>,
}

impl Default for CountsBuilder {
    fn default() -> Self {
        Self { quarters: vec![Count::default(); QUARTERS], table: Some(BTreeMap::new()) }
    }
}

impl CountsBuilder {
    /// Adds a row.
    pub fn add(&mut self, id: EventId, event: &FilterFields<'_>) {
        let failed = event.result == EventResult::FAILED.as_str();
        self.quarters[quarter(id.occurred_at())] += Count::one(failed);
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

    /// Returns the counts of a segment with these actions and categories.
    pub fn finish(self, actions: Option<&[String]>, categories: &[String]) -> SegmentCounts {
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
        for Count { count, failed } in &self.quarters {
            put(&mut bytes, *count);
            if *count > 0 {
                put(&mut bytes, *failed);
            }
        }
        for cell in table.iter().flatten() {
            put(&mut bytes, cell.action as u64 * 2 + u64::from(cell.failed));
            put(&mut bytes, cell.category as u64);
            put(&mut bytes, cell.count);
        }
        SegmentCounts(bytes)
    }
}

fn quarter(at: UnixMicros) -> usize {
    ((at.micros() - at.day().start().micros()) / QUARTER_US) as usize
}

impl SegmentCounts {
    /// Reads the stored form; `None` if it is not that of a segment with these rows, actions and categories.
    pub fn from_bytes(bytes: Vec<u8>, rows: u64, actions: usize, categories: usize) -> Option<Self> {
        let Decoded { quarters, table } = decode(&bytes)?;
        let total = sum(quarters.iter().map(|quarter| quarter.count))?;
        let failed = sum(quarters.iter().map(|quarter| quarter.failed))?;
        let of_table = sum(table.iter().map(|cell| cell.count))?;
        let failed_of_table = sum(table.iter().filter(|cell| cell.failed).map(|cell| cell.count))?;
        let is_whole = quarters.iter().all(|quarter| quarter.failed <= quarter.count)
            && table.iter().all(|cell| cell.action < actions && cell.category < categories)
            && (table.is_empty() || (of_table, failed_of_table) == (total, failed));
        (total == rows && is_whole).then_some(Self(bytes))
    }

    /// Returns the stored form.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn decode(mut bytes: &[u8]) -> Option<Decoded> {
    let mut quarters = Vec::with_capacity(QUARTERS);
    for _ in 0..QUARTERS {
        let count = take(&mut bytes)?;
        let failed = if count > 0 { take(&mut bytes)? } else { 0 };
        quarters.push(Count { count, failed });
    }
    let mut table = Vec::new();
    while !bytes.is_empty() {
        let (action, category, count) = (take(&mut bytes)?, take(&mut bytes)?, take(&mut bytes)?);
        let (action, failed) = (usize::try_from(action / 2).ok()?, action % 2 == 1);
        table.push(Cell { action, category: usize::try_from(category).ok()?, failed, count });
    }
    Some(Decoded { quarters, table })
}

/// Whether [`answer`] can answer for every segment that lies in the range and has counts.
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

/// Counts the events of a whole segment by its record only; `None` if the record is not enough, and the segment must be
/// read.
pub fn answer(segment: &SegmentRecord, filter: &Filter, by: GroupBy, bars: Option<&Bars>) -> Option<Tally> {
    let counts = segment.counts.as_ref().filter(|_| can_answer(filter, by))?;
    let Decoded { quarters, table } = decode(counts.as_bytes())?;
    let mut tally = Tally::default();
    if let Some(bars) = bars {
        let mut bar: Option<Bar> = None;
        let start = segment.dt.start().micros();
        for (at, count) in (start..).step_by(QUARTER_US as usize).zip(&quarters) {
            if count.count > 0 {
                let at = UnixMicros::new(at);
                let current = bar.filter(|bar| bar.contains(at)).unwrap_or_else(|| bars.bar(at));
                tally.add(Some(current.start), *count);
                bar = Some(current);
            }
        }
        return Some(tally);
    }
    if filter.is_empty() && by.field.is_none() {
        quarters.iter().for_each(|count| tally.add(None, *count));
        return Some(tally);
    }
    // A segment has at least one row, so an empty table is an absent one.
    let actions = segment.actions.as_ref().filter(|_| !table.is_empty())?;
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
