//! Scans the matching events of a segment in either order, one window of pages at a time.
//!
//! Each window is read twice: first the id and the columns that the filter reads, then all columns of the rows that
//! match and are wanted. So a selective filter decodes little, and a full page stops the scan.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::StringArray;
use audit_core::{Event, EventId, Filter, FilterFields, Order, Span};

use super::segment::{IdPage, OpenSegment};
use crate::error::{SegmentError, unreadable};
use crate::format::rows::{Columns, text};

/// Pages of the widest window: with a selective filter about 65,000 rows.
const WIDEST_WINDOW: usize = 32;
/// Raw bytes of the rows decoded in one step, on average; a row group bounds them in any case.
const DECODED_BYTES: u64 = 4 * 1024 * 1024;

/// A scan of one segment.
#[derive(Debug)]
pub struct SegmentScan {
    segment: Arc<OpenSegment>,
    filter: Arc<Filter>,
    order: Order,
    left: Span,
    window: usize,
}

/// The result of one step of a scan.
#[derive(Debug)]
pub struct ScanStep {
    /// Matching events, in order.
    pub events: Vec<Event>,
    /// Every matching event up to and including this position was returned; `None` at the end of the segment.
    pub examined: Option<EventId>,
}

impl SegmentScan {
    /// Begins a scan of the positions of `span`.
    pub fn new(segment: Arc<OpenSegment>, filter: Arc<Filter>, order: Order, span: Span) -> Self {
        Self { segment, filter, order, left: span, window: 1 }
    }

    /// Examines the next window, and returns up to `want` (at least one) of its matches.
    ///
    /// # Guarantees
    /// `examined` advances with every step.
    pub async fn step(&mut self, want: usize) -> Result<ScanStep, SegmentError> {
        let Some(window) = self.next_window() else { return Ok(ScanStep { events: Vec::new(), examined: None }) };
        let (matches, mut examined) = self.matching_rows(&window).await?;
        let average = self.average_row_bytes(window.row_group);
        let fits = usize::try_from(DECODED_BYTES / average).unwrap_or(usize::MAX).min(want).max(1);
        let wanted = &matches[..fits.min(matches.len())];
        if wanted.len() < matches.len() {
            examined = wanted[wanted.len() - 1].1;
            self.window = 1;
        } else {
            self.window = (self.window * 2).min(WIDEST_WINDOW);
        }
        let events = self.read_events(window.row_group, wanted.iter().map(|(row, _)| *row).collect()).await?;
        self.left = self.left.after(examined, self.order);
        let ended = self.next_window().is_none();
        Ok(ScanStep { events, examined: (!ended).then_some(examined) })
    }

    /// Returns the rows of the next pages in order: up to `window` pages of one row group.
    fn next_window(&self) -> Option<Window> {
        let pages = &self.segment.pages;
        let start = pages.partition_point(|page| page.last.bits() < self.left.start);
        let end = pages.partition_point(|page| page.first.bits() < self.left.end);
        let left = pages.get(start..end).filter(|left| !left.is_empty() && !self.left.is_empty())?;
        let near: Vec<&IdPage> = match self.order {
            Order::Oldest => left.iter().take(self.window).collect(),
            Order::Newest => left.iter().rev().take(self.window).collect(),
        };
        let row_group = near[0].row_group;
        let rows = near.iter().filter(|page| page.row_group == row_group).map(|page| page.rows.clone());
        let rows = rows.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))?;
        Some(Window { row_group, rows })
    }

    /// Returns the rows of a window that match, in order, with their ids, and the last position of the window.
    async fn matching_rows(&self, window: &Window) -> Result<(Vec<(usize, EventId)>, EventId), SegmentError> {
        let mut columns = self.filter.columns();
        columns.push("id");
        let mut matches = Vec::new();
        let mut bounds: Option<(EventId, EventId)> = None;
        let mut row = window.rows.start;
        for batch in self.segment.read(window.row_group, std::slice::from_ref(&window.rows), Some(&columns)).await? {
            let batch = Columns { key: &self.segment.key, batch: &batch };
            let ids = batch.ids()?;
            let matched = self::matches(&batch, &self.filter, ids.len())?;
            for (id, matched) in ids.into_iter().zip(matched) {
                bounds = Some(bounds.map_or((id, id), |(first, _)| (first, id)));
                if matched && self.left.contains(id) {
                    matches.push((row, id));
                }
                row += 1;
            }
        }
        let (first, last) = bounds.ok_or_else(|| unreadable(&self.segment.key, "a page without rows"))?;
        Ok(match self.order {
            Order::Oldest => (matches, last),
            Order::Newest => {
                matches.reverse();
                (matches, first)
            }
        })
    }

    async fn read_events(&self, row_group: usize, mut rows: Vec<usize>) -> Result<Vec<Event>, SegmentError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        rows.sort_unstable();
        let mut events = self.segment.events(row_group, &ranges(&rows)).await?;
        if self.order == Order::Newest {
            events.reverse();
        }
        Ok(events)
    }

    fn average_row_bytes(&self, row_group: usize) -> u64 {
        let group = self.segment.metadata.metadata().row_group(row_group);
        (group.total_byte_size().max(1) as u64).div_ceil(group.num_rows().max(1) as u64)
    }
}

/// Rows of one row group.
struct Window {
    row_group: usize,
    rows: Range<usize>,
}

/// Applies the filter to each row. Columns that the filter does not read are not in the batch.
pub(crate) fn matches<'a>(batch: &Columns<'a>, filter: &Filter, rows: usize) -> Result<Vec<bool>, SegmentError> {
    let read = filter.columns();
    let column = |name| if read.contains(&name) { batch.texts(name).map(Some) } else { Ok(None) };
    let (actor_id, actor_email) = (column("actor_id")?, column("actor_email")?);
    let (action, category) = (column("action")?, column("category")?);
    let (target_id, result) = (column("target_id")?, column("result")?);
    let (ip, request_id) = (column("ip")?, column("request_id")?);
    let filter_fields = |row| {
        let of = |texts: Option<&'a StringArray>| texts.and_then(|texts| text(texts, row));
        FilterFields {
            actor_id: of(actor_id).unwrap_or_default(),
            actor_email: of(actor_email),
            action: of(action).unwrap_or_default(),
            category: of(category).unwrap_or_default(),
            target_id: of(target_id),
            result: of(result).unwrap_or_default(),
            ip: of(ip),
            request_id: of(request_id),
        }
    };
    Ok((0..rows).map(|row| filter.matches(&filter_fields(row))).collect())
}

/// Returns ascending row numbers as ranges.
fn ranges(rows: &[usize]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some(last) if last.end == *row => last.end += 1,
            _ => ranges.push(*row..*row + 1),
        }
    }
    ranges
}
