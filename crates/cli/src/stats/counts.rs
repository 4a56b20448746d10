//! The counts of the API, and how its pages add up.

use std::collections::HashMap;

use audit_core::UnixMicros;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::{Answer, Api, ApiError, Parameters};

/// The body of a page, or of all pages together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) total: u64,
    pub(crate) failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) groups: Option<Vec<Group>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) others: Option<Others>,
    pub(crate) scanned_from: Option<String>,
    pub(crate) scanned_through: Option<String>,
    pub(crate) next_cursor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) skipped: Option<u64>,
}

/// The count of one group or bar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// The key or the time, and what else the API returns about it.
    #[serde(flatten)]
    pub(crate) what: Map<String, Value>,
    pub(crate) count: u64,
    pub(crate) failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bars: Option<Vec<Group>>,
}

/// The groups that are counted and not listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Others {
    pub(crate) groups: u64,
    pub(crate) count: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// Gets all pages and adds them up; the time is that of the first page.
    pub(crate) async fn get(api: &Api, query: &Parameters, top: usize) -> Result<Answer<Self>, ApiError> {
        let Answer { body: mut sum, at } = api.get::<Self>("stats", query).await?;
        let is_one_page = sum.next_cursor.is_none();
        while let Some(cursor) = sum.next_cursor.take() {
            let mut next = query.clone();
            next.push(("cursor", cursor));
            sum.add(api.get::<Self>("stats", &next).await?.body);
        }
        if !is_one_page {
            sum.arrange(top);
        }
        Ok(Answer { body: sum, at })
    }

    /// Adds the next page, whose events are older.
    fn add(&mut self, page: Self) {
        self.total += page.total;
        self.failed += page.failed;
        self.scanned_through = page.scanned_through;
        self.next_cursor = page.next_cursor;
        if let Some(skipped) = page.skipped {
            *self.skipped.get_or_insert_default() += skipped;
        }
        if let Some(others) = page.others {
            let sum = self.others.get_or_insert_default();
            // The same group may be cut off in several pages.
            sum.groups = sum.groups.max(others.groups);
            sum.count += others.count;
            sum.failed += others.failed;
        }
        if let Some(groups) = page.groups {
            add(self.groups.get_or_insert_default(), groups);
        }
    }

    /// Sorts the groups as the API does, and cuts off all but the first `top`; bars stay in order of time.
    fn arrange(&mut self, top: usize) {
        let Some(groups) = &mut self.groups else { return };
        if groups.iter().all(|group| group.what.contains_key("time")) {
            return groups.sort_by_key(Group::time);
        }
        groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.identity()));
        groups.iter_mut().flat_map(|group| &mut group.bars).for_each(|bars| bars.sort_by_key(Group::time));
        if groups.len() > top {
            let others = self.others.get_or_insert_default();
            for group in groups.drain(top..) {
                others.groups += 1;
                others.count += group.count;
                others.failed += group.failed;
            }
        }
    }
}

impl Group {
    /// Returns the time or the key, as text.
    pub(crate) fn identity(&self) -> String {
        let identity = self.what.get("time").or_else(|| self.what.get("key"));
        identity.map_or_else(String::new, |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

impl Group {
    /// Returns the instant of a bar. Its text does not sort: where clocks are put back, the later of two equal hours has
    /// the smaller offset.
    fn time(&self) -> Option<UnixMicros> {
        self.what.get("time")?.as_str()?.parse().ok()
    }
}

/// Adds groups of older events to those of newer ones. A name is that of the newest event.
fn add(groups: &mut Vec<Group>, older: Vec<Group>) {
    let key = |group: &Group| group.what.get("time").or_else(|| group.what.get("key")).map(Value::to_string);
    let places: HashMap<_, _> = groups.iter().enumerate().map(|(place, group)| (key(group), place)).collect();
    for group in older {
        let Some(&place) = places.get(&key(&group)) else {
            groups.push(group);
            continue;
        };
        let sum = &mut groups[place];
        sum.count += group.count;
        sum.failed += group.failed;
        sum.first = group.first.or(sum.first.take());
        sum.last = sum.last.take().or(group.last);
        if let Some(bars) = group.bars {
            add(sum.bars.get_or_insert_default(), bars);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn counts(value: Value) -> Counts {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn pages_add_up_by_key_and_keep_the_newest_name() {
        let mut sum =
            counts(json!({"total": 5, "failed": 1, "scanned_from": null, "scanned_through": "b", "next_cursor": "c",
            "groups": [{"key": "ada", "name": "Ada L", "count": 3, "failed": 1, "first": "5", "last": "9"},
                       {"key": null, "count": 2, "failed": 0}]}));
        sum.add(counts(json!({"total": 6, "failed": 2, "scanned_from": null, "scanned_through": "a", "next_cursor": null, "skipped": 1,
            "groups": [{"key": "null", "count": 4, "failed": 2, "first": "1", "last": "2"},
                       {"key": "ada", "name": "Ada", "count": 2, "failed": 0, "first": "3", "last": "4"}]})));
        sum.arrange(2);
        let expected = json!({"total": 11, "failed": 3, "scanned_from": null, "scanned_through": "a", "next_cursor": null, "skipped": 1,
            "groups": [{"key": "ada", "name": "Ada L", "count": 5, "failed": 1, "first": "3", "last": "9"},
                       {"key": "null", "count": 4, "failed": 2, "first": "1", "last": "2"}],
            "others": {"groups": 1, "count": 2, "failed": 0}});
        assert_eq!(serde_json::to_value(&sum).unwrap(), expected);
    }

    #[test]
    fn bars_add_up_and_stay_in_order_of_time() {
        let page = |time: &str, count: u64| {
            json!({"total": count, "failed": 0, "scanned_from": null, "scanned_through": null, "next_cursor": null,
                   "groups": [{"time": time, "count": count, "failed": 0}]})
        };
        let mut sum = counts(page("2026-11-02T00:00:00Z", 2));
        sum.add(counts(page("2026-11-02T00:00:00Z", 3)));
        sum.add(counts(page("2026-11-01T00:00:00Z", 4)));
        // Clocks in London are put back at 02:00: the second hour from 01:00 on has the smaller offset.
        sum.add(counts(page("2026-10-25T01:00:00+00:00", 1)));
        sum.add(counts(page("2026-10-25T01:00:00+01:00", 2)));
        sum.arrange(1);
        let bars: Vec<_> = sum.groups.unwrap().into_iter().map(|bar| (bar.identity(), bar.count)).collect();
        let expected = [
            ("2026-10-25T01:00:00+01:00", 2),
            ("2026-10-25T01:00:00+00:00", 1),
            ("2026-11-01T00:00:00Z", 4),
            ("2026-11-02T00:00:00Z", 5),
        ];
        assert_eq!(bars, expected.map(|(bar, count)| (bar.to_owned(), count)));
    }
}
