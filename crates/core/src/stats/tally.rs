//! The counts of some events: in total, by bars of time, by the value of a field, or both.

use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;

use serde::Serialize;

use crate::segment::SegmentName;
use crate::time::UnixMicros;

/// A number of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// All of them.
    pub count: u64,
    /// Those that failed.
    pub failed: u64,
}

impl Count {
    /// Returns the count of one event.
    pub fn one(failed: bool) -> Self {
        Self { count: 1, failed: failed.into() }
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.failed += other.failed;
    }
}

/// What is known of an actor or target besides its id.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Labels {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address of an actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// The place of an archived row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchivedRow {
    /// The segment.
    pub segment: SegmentName,
    /// Its place in the segment, from 0.
    pub row: u64,
}

/// Where the labels of an event are. The greater of two labels events of one instant, in whatever order they are met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Newest {
    /// In this archived row.
    Archived(ArchivedRow),
    /// Here.
    Hot(Labels),
}

/// The first and the last event of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When the first event happened.
    pub first: UnixMicros,
    /// When the last event happened.
    pub last: UnixMicros,
    /// The labels of the last event.
    pub newest: Newest,
}

impl Seen {
    fn merge(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        if (other.last, &other.newest) > (self.last, &self.newest) {
            (self.last, self.newest) = (other.last, other.newest);
        }
    }
}

/// The events that have one value of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// All of them.
    pub count: Count,
    /// Those of each bar, by the bar's first instant.
    pub bars: BTreeMap<UnixMicros, Count>,
    /// The first and the last of them, if that was asked for.
    pub seen: Option<Seen>,
}

impl Group {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        merge_bars(&mut self.bars, other.bars);
        match (&mut self.seen, other.seen) {
            (Some(seen), Some(other)) => seen.merge(other),
            (seen, other) => *seen = seen.take().or(other),
        }
    }
}

/// The counts of some events.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All events.
    pub total: Count,
    /// The events of each bar, by the bar's first instant.
    pub bars: BTreeMap<UnixMicros, Count>,
    /// The events by a value.
    groups: HashMap<String, Group>,
    /// The events without a value.
    valueless: Option<Group>,
}

/// The groups that a page returns, and what it leaves out.
#[derive(Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The groups by count, largest first, then by value; events without a value come before equal counts.
    pub groups: Vec<(Option<String>, Group)>,
    /// The groups that were left out.
    pub others: Others,
}

/// Groups that a page leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Others {
    /// Their number.
    pub groups: u64,
    /// Their events.
    #[serde(flatten)]
    pub count: Count,
}

impl Others {
    /// Adds a group.
    pub fn add(&mut self, group: Count) {
        self.groups += 1;
        self.count += group;
    }
}

impl Tally {
    /// Adds events that are not grouped by a value.
    pub fn add(&mut self, bar: Option<UnixMicros>, count: Count) {
        self.total += count;
        if let Some(bar) = bar {
            *self.bars.entry(bar).or_default() += count;
        }
    }

    /// Adds the events of a group; `value` is absent for events without one.
    pub fn add_group(&mut self, value: Option<&str>, group: Group) {
        self.total += group.count;
        self.merge_group(value, group);
    }

    /// Adds other events.
    pub fn merge(&mut self, other: Self) {
        self.total += other.total;
        merge_bars(&mut self.bars, other.bars);
        if let Some(group) = other.valueless {
            self.merge_group(None, group);
        }
        for (value, group) in other.groups {
            match self.groups.get_mut(&value) {
                Some(mine) => mine.merge(group),
                None => _ = self.groups.insert(value, group),
            }
        }
    }

    fn merge_group(&mut self, value: Option<&str>, group: Group) {
        match value {
            None => self.valueless.get_or_insert_default().merge(group),
            Some(value) => match self.groups.get_mut(value) {
                Some(mine) => mine.merge(group),
                None => _ = self.groups.insert(value.to_owned(), group),
            },
        }
    }

    /// Returns the number of groups.
    pub fn group_count(&self) -> usize {
        self.groups.len() + usize::from(self.valueless.is_some())
    }

    /// Returns the number of bars, those of each group included.
    pub fn bar_count(&self) -> usize {
        let of_groups = self.groups.values().chain(&self.valueless).map(|group| group.bars.len());
        self.bars.len() + of_groups.sum::<usize>()
    }

    /// Returns up to `most` groups.
    pub fn ranked(self, most: usize) -> Ranked {
        let mut groups: Vec<_> = self.groups.into_iter().map(|(value, group)| (Some(value), group)).collect();
        groups.extend(self.valueless.map(|group| (None, group)));
        groups.sort_by(|(a, one), (b, other)| (other.count.count, a).cmp(&(one.count.count, b)));
        let mut others = Others::default();
        groups.split_off(most.min(groups.len())).iter().for_each(|(_, group)| others.add(group.count));
        Ranked { groups, others }
    }
}

fn merge_bars(bars: &mut BTreeMap<UnixMicros, Count>, others: BTreeMap<UnixMicros, Count>) {
    for (bar, count) in others {
        *bars.entry(bar).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seq::Seq;
    use crate::time::Day;

    fn archived(row: u64) -> Newest {
        let segment = SegmentName { month: Day(20_000).month(), first_seq: Seq(7), merge: 0 };
        Newest::Archived(ArchivedRow { segment, row })
    }

    fn group(count: u64, at: i64) -> Group {
        let at = UnixMicros::new(at);
        let seen = Seen { first: at, last: at, newest: archived(at.micros().unsigned_abs()) };
        let count = Count { count, failed: 1 };
        Group { count, bars: BTreeMap::from([(at, count)]), seen: Some(seen) }
    }

    #[test]
    fn groups_of_one_value_are_one_group_and_the_newest_event_labels_it() {
        let (mut tally, mut other) = (Tally::default(), Tally::default());
        tally.add_group(Some("a"), group(2, 10));
        other.add_group(Some("a"), group(3, 20));
        other.add_group(None, group(1, 5));
        tally.merge(other);
        assert_eq!((tally.total, tally.group_count(), tally.bar_count()), (Count { count: 6, failed: 3 }, 2, 3));
        let ranked = tally.ranked(10);
        let (value, found) = &ranked.groups[0];
        assert_eq!((value.as_deref(), found.count.count), (Some("a"), 5));
        let seen = found.seen.clone().unwrap();
        assert_eq!((seen.first.micros(), seen.last.micros(), seen.newest), (10, 20, archived(20)));
        assert_eq!(ranked.groups[1].0, None);
    }

    #[test]
    fn the_largest_groups_are_returned_and_the_others_are_summed() {
        let mut tally = Tally::default();
        for (value, count) in [("c", 5), ("a", 5), ("d", 9), ("b", 1), ("e", 1)] {
            tally.add_group(Some(value), group(count, 1));
        }
        let ranked = tally.ranked(3);
        let values: Vec<_> = ranked.groups.iter().map(|(value, _)| value.as_deref().unwrap()).collect();
        assert_eq!(values, ["d", "a", "c"]);
        assert_eq!(ranked.others, Others { groups: 2, count: Count { count: 2, failed: 2 } });
    }

    #[test]
    fn events_of_one_instant_label_their_group_in_the_same_way_in_every_order() {
        let named = |name: &str| Newest::Hot(Labels { name: Some(name.to_owned()), ..Labels::default() });
        let newest = [archived(7), named("a"), archived(9), named("b")];
        let of = |newest: Newest| {
            let at = UnixMicros::new(1);
            Group { seen: Some(Seen { first: at, last: at, newest }), ..Group::default() }
        };
        let labels = |order: &[usize]| {
            let mut tally = Tally::default();
            order.iter().for_each(|place| tally.add_group(Some("a"), of(newest[*place].clone())));
            tally.ranked(1).groups.remove(0).1.seen.unwrap().newest
        };
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            assert_eq!(labels(&order), named("b"), "{order:?}");
        }
    }
}
