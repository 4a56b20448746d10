//! Scans the matching events of a segment in either order, one window of pages at a time.
//!
//! Each window is read twice: first the columns that the filter reads, then all columns of the rows that match and are
//! wanted. So a selective filter decodes little, and a full page stops the scan.

use std::ops::Range;
use std::sync::Arc;

use audit_core::{Event, EventId, Filter, Order, Span};

use super::matching::matching;
use super::segment::OpenSegment;
use crate::error::{SegmentError, unreadable};
use crate::format::rows::Columns;

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

/// How many matches a scan expects, judged by the segments before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Enough in the first rows.
    Many,
    /// So few that most rows must be examined.
    Few,
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
    pub fn new(segment: Arc<OpenSegment>, filter: Arc<Filter>, order: Order, span: Span, expected: Expected) -> Self {
        let window = if expected == Expected::Many { 1 } else { WIDEST_WINDOW };
        Self { segment, filter, order, left: span, window }
    }

    /// Examines windows until one has a match or the segment ends, and returns up to `want` (at least one) of its
    /// matches.
    ///
    /// # Guarantees
    /// `examined` advances with every step.
    pub async fn step(&mut self, want: usize) -> Result<ScanStep, SegmentError> {
        while let Some(window) = self.next_window() {
            let mut rows = self.matching_rows(&window).await?;
            if self.order == Order::Newest {
                rows.reverse();
            }
            let average = self.segment.average_row_bytes(window.row_group);
            let fits = usize::try_from(DECODED_BYTES / average).unwrap_or(usize::MAX).min(want).max(1);
            let are_all = rows.len() <= fits;
            rows.truncate(fits);
            let events = self.read_events(window.row_group, rows).await?;
            let examined = match events.last() {
                Some(last) if !are_all => last.id,
                _ => self.end_of(&window),
            };
            if events.iter().any(|event| !self.left.contains(event.id)) {
                return Err(unreadable(&self.segment.key, "its page index contradicts its rows"));
            }
            self.window = if are_all { (self.window * 2).min(WIDEST_WINDOW) } else { 1 };
            self.left = self.left.after(examined, self.order);
            let ended = self.next_window().is_none();
            if ended || !events.is_empty() {
                return Ok(ScanStep { events, examined: (!ended).then_some(examined) });
            }
        }
        Ok(ScanStep { events: Vec::new(), examined: None })
    }

    /// Returns the next pages in order: up to `window` pages of one row group.
    fn next_window(&self) -> Option<Window> {
        let left = self.segment.pages_of(self.left);
        let near = match self.order {
            Order::Oldest => left.start..left.end.min(left.start + self.window),
            Order::Newest => left.start.max(left.end.saturating_sub(self.window))..left.end,
        };
        let pages = &self.segment.pages;
        let nearest = if self.order == Order::Oldest { near.start } else { near.end.checked_sub(1)? };
        let row_group = pages.get(nearest).filter(|_| !near.is_empty())?.row_group;
        let start = near.start + pages[near.clone()].partition_point(|page| page.row_group < row_group);
        let end = near.start + pages[near].partition_point(|page| page.row_group <= row_group);
        Some(Window { row_group, pages: start..end })
    }

    /// Returns the last position of a window in order.
    fn end_of(&self, window: &Window) -> EventId {
        match self.order {
            Order::Oldest => self.segment.pages[window.pages.end - 1].last,
            Order::Newest => self.segment.pages[window.pages.start].first,
        }
    }

    /// Returns the rows of a window that are left and match, in ascending order.
    async fn matching_rows(&self, window: &Window) -> Result<Vec<usize>, SegmentError> {
        let rows = self.segment.rows_of(&window.pages, self.left).await?;
        if self.filter.is_empty() || rows.is_empty() {
            return Ok(rows.collect());
        }
        let columns = self.filter.columns();
        let (mut matches, mut row) = (Vec::new(), rows.start);
        for batch in self.segment.read_stored(window.row_group, rows, &columns, &columns).await? {
            let matching = matching(&Columns { key: &self.segment.key, batch: &batch }, &self.filter)?;
            matches.extend((row..).zip(&matching).filter(|(_, matches)| **matches).map(|(row, _)| row));
            row += matching.len();
        }
        Ok(matches)
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
}

/// Consecutive pages of one row group.
struct Window {
    row_group: usize,
    pages: Range<usize>,
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
