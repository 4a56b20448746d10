//! The batches and merges of an org that an instance has followed: which months they have changed.

use std::collections::HashMap;
use std::sync::Arc;

use audit_core::{BatchRecord, Head, MergeRecord, Month, OrgId, Seq};
use audit_tables::{Listed, MalformedItem};

use crate::snapshot::State;

/// What an instance knows of the changes of an org's months.
#[derive(Debug)]
pub(crate) struct Followed {
    /// Of this generation of the ledger.
    pub(crate) generation: u64,
    /// What earlier batches and merges have changed is unknown: a month that was read before this state is stale.
    since: (Seq, u64),
    /// Batches below this number have been read.
    pub(crate) through: Seq,
    /// Merges up to this number have been read.
    pub(crate) through_merge: u64,
    /// The last batch that added to a month.
    last: HashMap<Month, Seq>,
    /// The last merge that replaced segments of a month.
    last_merge: HashMap<Month, u64>,
    /// The newest merge that was read.
    newest: Option<Arc<MergeRecord>>,
}

impl From<State> for Followed {
    fn from(State { visible, generation, merged }: State) -> Self {
        Self {
            generation,
            since: (visible, merged),
            through: visible,
            through_merge: merged,
            last: HashMap::new(),
            last_merge: HashMap::new(),
            newest: None,
        }
    }
}

impl Followed {
    /// Whether no batch can have added to a month after it was read, and no merge can have replaced segments of it, as far
    /// as a reader of `state` is concerned: an older reader must not use what a later merge wrote.
    pub(crate) fn is_current(&self, month: Month, as_of: State, state: State) -> bool {
        let (since, since_merge) = self.since;
        let is_later = |last: &Seq| *last >= as_of.visible;
        let is_between = |last: &u64| *last > as_of.merged.min(state.merged);
        as_of.generation == self.generation
            && state.generation == self.generation
            && as_of.visible >= since
            && as_of.merged >= since_merge
            && !self.last.get(&month).is_some_and(is_later)
            && !self.last_merge.get(&month).is_some_and(is_between)
    }

    /// Returns the record of the merge that a head has switched, if it was read.
    pub(crate) fn switched(&self, head: &Head) -> Option<Arc<MergeRecord>> {
        let is_of =
            |record: &&Arc<MergeRecord>| head.generation() == self.generation && head.switched() == Some(record.number);
        self.newest.as_ref().filter(is_of).cloned()
    }

    /// Adds the batches from [`Self::through`] on, as a reader of `state` has listed them.
    pub(crate) fn add_batches(&mut self, org_id: &OrgId, state: State, mut batches: Listed<BatchRecord, Seq>) {
        if let Some(item) = batches.take_malformed(|first_seq| *first_seq < state.visible) {
            self.forget(org_id, state, &item);
        }
        for batch in batches.records.iter().filter(|batch| batch.first_seq < state.visible) {
            for month in batch.months() {
                let last = self.last.entry(month).or_default();
                *last = batch.first_seq.max(*last);
            }
        }
        self.through = state.visible.max(self.through);
    }

    /// Adds the merges after [`Self::through_merge`], as a reader of `state` has listed them.
    pub(crate) fn add_merges(&mut self, org_id: &OrgId, state: State, mut merges: Listed<MergeRecord, u64>) {
        if let Some(item) = merges.take_malformed(|number| *number <= state.merged) {
            self.forget(org_id, state, &item);
        }
        for merge in merges.records.into_iter().filter(|merge| merge.number <= state.merged) {
            let last = self.last_merge.entry(merge.month).or_default();
            *last = merge.number.max(*last);
            self.keep(&Arc::new(merge));
        }
        self.through_merge = state.merged.max(self.through_merge);
    }

    /// Keeps the record of a merge, if it is the newest one.
    pub(crate) fn keep(&mut self, merge: &Arc<MergeRecord>) {
        if self.newest.as_ref().is_none_or(|newest| newest.number < merge.number) {
            self.newest = Some(Arc::clone(merge));
        }
    }

    fn forget<N>(&mut self, org_id: &OrgId, state: State, item: &MalformedItem<N>) {
        tracing::error!(%org_id, error = %item.error, "a batch or merge cannot be read; every month is read again");
        self.since = (state.visible.max(self.since.0), state.merged.max(self.since.1));
    }
}

#[cfg(test)]
mod tests {
    use audit_core::Day;

    use super::*;

    fn at(visible: u64, generation: u64, merged: u64) -> State {
        State { visible: Seq(visible), generation, merged }
    }

    fn months() -> (Month, Month) {
        (Day(20_000).month(), Day(20_100).month())
    }

    fn merge(number: u64, month: Month) -> MergeRecord {
        let decided_at = Day(20_200).start();
        MergeRecord { number, month, sources: Vec::new(), targets: Vec::new(), rows: 1, decided_at }
    }

    #[test]
    fn a_month_is_current_until_a_batch_adds_to_it() {
        let (month, other) = months();
        let mut followed = Followed::from(at(100, 0, 0));
        followed.last.insert(month, Seq(100));
        let is_current = |month, visible| followed.is_current(month, at(visible, 0, 0), at(200, 0, 0));
        assert!(!is_current(month, 100), "the batch at 100 was committed after it was read");
        assert!(is_current(month, 101) && is_current(other, 100));
    }

    #[test]
    fn a_month_is_current_until_a_merge_replaces_segments_of_it() {
        let (month, other) = months();
        let mut followed = Followed::from(at(100, 0, 1));
        let listed = Listed { records: vec![merge(2, month), merge(3, other), merge(4, month)], ..Listed::default() };
        followed.add_merges(&"acme".parse().unwrap(), at(100, 0, 3), listed);
        let is_current = |month, as_of, state| followed.is_current(month, at(100, 0, as_of), at(100, 0, state));
        assert!(!is_current(month, 1, 3) && is_current(month, 2, 3) && is_current(month, 3, 3));
        assert!(!is_current(other, 2, 3) && is_current(other, 3, 3));
        assert!(!is_current(month, 3, 1), "an older reader needs the sources");
        assert!(is_current(month, 3, 2), "the merge in between is of another month");
        assert_eq!((followed.through_merge, followed.newest.map(|newest| newest.number)), (3, Some(3)));
    }

    /// A request that began before a rebuild may end after one that began after it, so the batches in between are
    /// forgotten.
    #[test]
    fn a_month_read_before_the_batches_that_an_instance_knows_is_stale() {
        let (month, _) = months();
        let known = Followed::from(at(200, 1, 4));
        let is_current = |as_of| known.is_current(month, as_of, at(200, 1, 4));
        assert!(!is_current(at(199, 1, 4)) && !is_current(at(200, 1, 3)) && is_current(at(200, 1, 4)));
        assert!(!is_current(at(200, 0, 4)), "of another generation");
        assert!(!known.is_current(month, at(200, 1, 4), at(200, 0, 4)), "for a reader of another generation");
    }
}
