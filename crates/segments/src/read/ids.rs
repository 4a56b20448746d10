//! The ids of a segment, page by page: all of them in order, or one of them.

use std::ops::Range;
use std::sync::Arc;

use audit_core::{Event, EventId};

use super::segment::OpenSegment;
use crate::error::SegmentError;
use crate::format::rows::Columns;

/// Reads the ids of a segment; keeps one page in memory.
#[derive(Debug)]
pub struct Ids {
    segment: Arc<OpenSegment>,
    page: usize,
    current: Option<(usize, Vec<EventId>)>,
}

impl Ids {
    /// Begins at the first id.
    pub fn new(segment: Arc<OpenSegment>) -> Self {
        Self { segment, page: 0, current: None }
    }

    /// Returns the ids of the next page; `None` at the end.
    pub async fn next_page(&mut self) -> Result<Option<Vec<EventId>>, SegmentError> {
        if self.page == self.segment.pages.len() {
            return Ok(None);
        }
        self.page += 1;
        self.segment.ids_of_page(self.page - 1).await.map(Some)
    }

    /// Reports whether the segment contains `id`. Cheap for ascending ids: each page is read once.
    pub async fn contain(&mut self, id: EventId) -> Result<bool, SegmentError> {
        Ok(self.find(id).await?.is_some())
    }

    async fn find(&mut self, id: EventId) -> Result<Option<(usize, Range<usize>)>, SegmentError> {
        let pages = &self.segment.pages;
        let at = pages.partition_point(|page| page.last < id);
        let Some(page) = pages.get(at).filter(|page| page.first <= id) else { return Ok(None) };
        if self.current.as_ref().is_none_or(|(current, _)| *current != at) {
            self.current = Some((at, self.segment.ids_of_page(at).await?));
        }
        let ids = self.current.as_ref().map(|(_, ids)| ids.as_slice()).unwrap_or_default();
        let row = ids.binary_search(&id).ok().map(|row| page.rows.start + row);
        Ok(row.map(|row| (page.row_group, row..row + 1)))
    }

    /// Returns the event of an id; `None` if the segment does not contain it.
    pub async fn event(&mut self, id: EventId) -> Result<Option<Event>, SegmentError> {
        let Some((row_group, row)) = self.find(id).await? else { return Ok(None) };
        let events = self.segment.events(row_group, &[row]).await?;
        Ok(events.into_iter().find(|event| event.id == id))
    }
}

impl OpenSegment {
    pub(crate) async fn ids_of_page(&self, page: usize) -> Result<Vec<EventId>, SegmentError> {
        let page = &self.pages[page];
        let mut ids = Vec::with_capacity(page.rows.len());
        for batch in self.read(page.row_group, std::slice::from_ref(&page.rows), Some(&["id"])).await? {
            ids.extend(Columns { key: &self.key, batch: &batch }.ids()?);
        }
        Ok(ids)
    }
}
