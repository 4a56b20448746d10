//! The ids of a segment, or those of its matching rows, page by page: all of them in order, or one of them.

use std::sync::Arc;

use audit_core::{EventId, Filter};

use super::matching::matching;
use super::row::FoundRow;
use super::segment::OpenSegment;
use crate::error::SegmentError;
use crate::format::rows::Columns;

/// Reads the ids of a segment; keeps one page in memory.
#[derive(Debug)]
pub struct Ids {
    segment: Arc<OpenSegment>,
    /// Only the ids of rows that match.
    filter: Filter,
    page: usize,
    current: Option<(usize, Vec<EventId>)>,
}

impl Ids {
    /// Begins at the first id.
    pub fn new(segment: Arc<OpenSegment>) -> Self {
        Self::of_matches(segment, Filter::default())
    }

    /// Begins at the first id of a row that matches. The other rows do not exist for it.
    pub fn of_matches(segment: Arc<OpenSegment>, filter: Filter) -> Self {
        Self { segment, filter, page: 0, current: None }
    }

    /// Returns the ids of the next page; `None` at the end.
    pub async fn next_page(&mut self) -> Result<Option<Vec<EventId>>, SegmentError> {
        if self.page == self.segment.pages.len() {
            return Ok(None);
        }
        self.page += 1;
        self.segment.matching_ids(self.page - 1, &self.filter).await.map(Some)
    }

    /// Reports whether the segment contains `id`. Cheap for ascending ids: each page is read once.
    pub async fn contain(&mut self, id: EventId) -> Result<bool, SegmentError> {
        let Some(at) = self.segment.page_of(id) else { return Ok(false) };
        if self.current.as_ref().is_none_or(|(current, _)| *current != at) {
            self.current = Some((at, self.segment.matching_ids(at, &self.filter).await?));
        }
        Ok(self.current.as_ref().is_some_and(|(_, ids)| ids.binary_search(&id).is_ok()))
    }
}

impl OpenSegment {
    /// Returns the row of an id; `None` if the segment does not contain it.
    pub async fn find(&self, id: EventId) -> Result<Option<FoundRow>, SegmentError> {
        let Some(at) = self.page_of(id) else { return Ok(None) };
        let Ok(row) = self.ids_of_page(at).await?.binary_search(&id) else { return Ok(None) };
        let page = &self.pages[at];
        Ok(Some(FoundRow { row_group: page.row_group, row: page.rows.start + row }))
    }

    fn page_of(&self, id: EventId) -> Option<usize> {
        let at = self.pages.partition_point(|page| page.last < id);
        self.pages.get(at).filter(|page| page.first <= id).map(|_| at)
    }

    pub(crate) async fn ids_of_page(&self, page: usize) -> Result<Vec<EventId>, SegmentError> {
        self.matching_ids(page, &Filter::default()).await
    }

    /// Reads the ids of a page's rows that match, with the columns that the filter reads: one read, however many ids are
    /// looked up in it.
    async fn matching_ids(&self, page: usize, filter: &Filter) -> Result<Vec<EventId>, SegmentError> {
        let page = &self.pages[page];
        let texts = filter.columns();
        let columns: Vec<_> = texts.iter().copied().chain(["id"]).collect();
        let mut found = Vec::with_capacity(page.rows.len());
        for batch in self.read_stored(page.row_group, page.rows.clone(), &columns, &texts).await? {
            let batch = Columns { key: &self.key, batch: &batch };
            let ids = batch.ids()?;
            if filter.is_empty() {
                found.extend(ids);
                continue;
            }
            let matched = matching(&batch, filter)?;
            found.extend(ids.into_iter().zip(matched).filter_map(|(id, matched)| matched.then_some(id)));
        }
        Ok(found)
    }
}
