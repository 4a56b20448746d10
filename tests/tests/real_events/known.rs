//! What an org contains, compared once with the lines it came from, then with every further walk.

use std::collections::BTreeSet;

use audit_core::Day;
use audit_tests::api::Api;
use audit_tests::exact::{ExactEvent, compact};
use audit_tests::walk::Search;

/// The events of an org in the texts of the first walk.
pub(crate) struct Known {
    org: String,
    pub(crate) newest: Vec<ExactEvent>,
}

impl Known {
    /// Walks an org for the first time: each line is found once, in its own words, and nothing else.
    pub(crate) async fn by_first_walk(api: &Api, org: &str, lines: &[String]) -> Self {
        let newest = Search::new(org, "").walk_exactly(api, 1000).await.events;
        let mut found: Vec<_> = newest.iter().map(|event| event.json("/details")).collect();
        let mut sent: Vec<_> = lines.iter().map(|line| compact(line)).collect();
        found.sort_unstable();
        sent.sort_unstable();
        assert_eq!(found.len(), sent.len());
        assert_eq!(found.iter().zip(&sent).find(|(found, sent)| found != sent), None);
        for event in &newest {
            assert_eq!(event.said("/org_id").as_deref(), Some(org));
            assert_eq!(event.said("/occurred_at"), event.said("/details/eventTime").map(|time| in_microseconds(&time)));
        }
        Self { org: org.to_owned(), newest }
    }

    /// Walks in both orders with each limit.
    pub(crate) async fn walk_all(&self, api: &Api, limits: &[usize]) {
        for (limit, order) in limits.iter().flat_map(|limit| [(*limit, "newest"), (*limit, "oldest")]) {
            self.walk_with(api, order, limit, async |_| {}).await;
        }
    }

    /// Walks, does something between any two pages, and finds the same texts.
    pub(crate) async fn walk_with(&self, api: &Api, order: &str, limit: usize, between: impl AsyncFn(usize)) {
        let search = Search::new(&self.org, &format!("order={order}"));
        let walked = search.walk_exactly_with(api, limit, between).await;
        let mut expected: Vec<_> = self.newest.iter().collect();
        if order == "oldest" {
            expected.reverse();
        }
        assert_eq!(walked.events.len(), expected.len(), "{order} {limit}");
        assert_eq!(walked.events.iter().zip(expected).find(|(found, known)| found != known), None, "{order} {limit}");
        assert!(walked.pages <= self.newest.len().div_ceil(limit) + 1, "{} pages of {limit}", walked.pages);
    }

    /// The days that its events happened on.
    pub(crate) fn days(&self) -> Vec<Day> {
        let days: BTreeSet<_> = self.newest.iter().map(|event| event.id.occurred_at().day()).collect();
        days.into_iter().collect()
    }
}

/// The instant in the form of the API; CloudTrail knows whole seconds.
fn in_microseconds(time: &str) -> String {
    time.replace('Z', ".000000Z")
}
