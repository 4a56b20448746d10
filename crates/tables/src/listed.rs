//! What the ledger lists of one kind: the items that can be read, and those that cannot.

use audit_core::{SegmentName, SegmentRecord};

use crate::error::{Result, TablesError};
use crate::items::{Item, sort_key};
use crate::{keys, ledger_items};

/// An item of the ledger that cannot be read. It stays as it is.
#[derive(Debug)]
pub struct MalformedItem<N> {
    /// The name in its key; `None` if its key is malformed too.
    pub name: Option<N>,
    /// The item's key and the malformed attribute.
    pub error: TablesError,
}

/// Items of one kind, which have names of the type `N`.
#[derive(Debug)]
pub struct Listed<T, N> {
    /// The items that can be read, in the order of their keys.
    pub records: Vec<T>,
    /// The items that cannot be read.
    pub malformed: Vec<MalformedItem<N>>,
}

/// Segments.
pub type ListedSegments = Listed<SegmentRecord, SegmentName>;

impl<T, N> Default for Listed<T, N> {
    fn default() -> Self {
        Self { records: Vec::new(), malformed: Vec::new() }
    }
}

impl ListedSegments {
    /// Adds the item of a segment.
    pub(crate) fn add_segment(&mut self, item: &Item) {
        self.add(item, ledger_items::read_segment, keys::read_segment);
    }
}

impl<T, N> Listed<T, N> {
    pub(crate) fn add(&mut self, item: &Item, read: impl Fn(&Item) -> Result<T>, name: impl Fn(&str) -> Option<N>) {
        match read(item) {
            Ok(record) => self.records.push(record),
            Err(error) => {
                self.malformed.push(MalformedItem { name: sort_key(item).and_then(name), error });
            }
        }
    }

    /// Takes the first malformed item whose name `concerns` the caller.
    ///
    /// # Guarantees
    /// An item without a name may be any, and concerns every caller.
    pub fn take_malformed(&mut self, concerns: impl Fn(&N) -> bool) -> Option<MalformedItem<N>> {
        let at = self.malformed.iter().position(|item| item.name.as_ref().is_none_or(&concerns))?;
        Some(self.malformed.swap_remove(at))
    }
}
