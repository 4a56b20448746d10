//! The columns of a table: the ways in which a request fails.

use std::collections::BTreeMap;
use std::time::Duration;

use audit_tests::faults::{Call, Fault, FaultLayer, Refusal, Repeats};
use futures::future::join_all;

/// One way in which a request fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    fault: Fault,
    repeats: Repeats,
}

impl Column {
    const fn new(name: &'static str, fault: Fault, repeats: Repeats) -> Self {
        Self { name, fault, repeats }
    }

    /// Whether the SDK's own retry, or waiting, overcomes it.
    pub(crate) fn is_survived(self) -> bool {
        matches!(self.fault, Fault::Slow(_) | Fault::EmptyPage)
            || self.is_met_once() && !matches!(self.fault, Fault::Stopped { .. })
    }

    fn is_met_once(self) -> bool {
        self.repeats == Repeats::Once
    }

    /// Whether such a request can fail in this way.
    pub(crate) fn concerns(self, call: Call) -> bool {
        self.fault.concerns(call)
    }

    /// A layer whose request of this number fails in this way.
    pub(crate) fn at(self, number: usize) -> FaultLayer {
        FaultLayer::with(number, self.fault, self.repeats)
    }
}

/// Refused before it was applied; applied, and the response lost; the process ends there; applied when no client
/// expects it.
pub(crate) const COLUMNS: [Column; 13] = [
    Column::new("refused", Fault::Refused(Refusal::Broken), Repeats::Always),
    Column::new("refused-once", Fault::Refused(Refusal::Broken), Repeats::Once),
    Column::new("timed-out", Fault::Refused(Refusal::TimedOut), Repeats::Always),
    Column::new("throttled", Fault::Refused(Refusal::Throttled), Repeats::Always),
    Column::new("throttled-once", Fault::Refused(Refusal::Throttled), Repeats::Once),
    Column::new("500", Fault::Refused(Refusal::Failed), Repeats::Always),
    Column::new("lost", Fault::Lost, Repeats::Always),
    Column::new("lost-once", Fault::Lost, Repeats::Once),
    Column::new("stopped-before", Fault::Stopped { applied: false }, Repeats::Once),
    Column::new("stopped-after", Fault::Stopped { applied: true }, Repeats::Once),
    Column::new("late", Fault::Late, Repeats::Always),
    Column::new("empty-page", Fault::EmptyPage, Repeats::Once),
    Column::new("slow", Fault::Slow(Duration::from_millis(15)), Repeats::Once),
];

/// Makes a table: all columns next to each other, each by `column`.
pub(crate) async fn table<F: Future<Output = Tally>>(column: impl Fn(Column) -> F) -> Tally {
    let mut tally = Tally::default();
    // Boxed: the states of a dozen runs in one array are more than the stack of a test's thread.
    for of_one in join_all(COLUMNS.map(|one| Box::pin(column(one)))).await {
        tally.extend(of_one);
    }
    tally
}

/// How many faults of each kind of request a table ran.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<(Call, &'static str), usize>);

impl Tally {
    pub(crate) fn add(&mut self, call: Call, column: Column) {
        if column.concerns(call) {
            *self.0.entry((call, column.name)).or_default() += 1;
        }
    }

    /// Adds what another table ran.
    pub(crate) fn extend(&mut self, other: Self) {
        for (key, count) in other.0 {
            *self.0.entry(key).or_default() += count;
        }
    }

    /// Asserts that each of these kinds of requests failed in every way.
    pub(crate) fn covers(&self, calls: &[&str]) {
        for call in calls {
            let met: Vec<_> = self.0.keys().filter(|(met, _)| met.name() == *call).collect();
            assert!(!met.is_empty(), "no {call} was sent");
            for column in COLUMNS.into_iter().filter(|column| column.concerns(met[0].0)) {
                assert!(met.iter().any(|(_, name)| *name == column.name), "no {call} met {}", column.name);
            }
        }
    }

    /// Whether such a request failed.
    pub(crate) fn has(&self, call: &str) -> bool {
        self.0.keys().any(|(met, _)| met.name() == call)
    }

    /// Prints the figures; returns the number of all faults.
    pub(crate) fn print(&self, what: &str) -> usize {
        let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
        for ((call, _), count) in &self.0 {
            *calls.entry(call.name()).or_default() += count;
        }
        let total = calls.values().sum();
        audit_tests::figures::tell(format_args!("{what}: {total} faults, {calls:?}"));
        total
    }
}
