//! Random events, and the plain count that statistics are compared with. It shares no code with the service.

use std::collections::BTreeMap;

use audit_core::UnixMicros;
use audit_tests::instant;
use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::{Value, json};

use crate::zones::Clock;

const DAY_US: i64 = 86_400_000_000;
/// Days with events: those on which clocks change in Europe and America, the ends of months and years, and the present.
const DAYS: [&str; 9] = [
    "2024-02-29",
    "2025-12-31",
    "2026-01-01",
    "2026-03-08",
    "2026-03-29",
    "2026-10-25",
    "2026-11-01",
    "2026-11-22",
    "2026-11-23",
];
const ACTORS: [&str; 6] = ["usr_1", "usr_2", "USR_2", "key_1", "Ümit", "a b&c"];
const KINDS: [&str; 3] = ["user", "api_key", "service"];
const ACTIONS: [(&str, &str); 6] = [
    ("member.invited", "team"),
    ("member.removed", "team"),
    ("api_key.created", "api_keys"),
    ("billing.plan_changed", "billing"),
    ("monitor.updated", "operations"),
    ("teleporter.engaged", "other"),
];
const TARGETS: [&str; 5] = ["mon_1", "mon_2", "MON_1", "", "usr_1"];
const IPS: [&str; 4] = ["192.0.2.1", "2001:db8::1", "unknown", "192.0.2.1:80"];

/// An event as this test knows it.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    us: i64,
    actor: &'static str,
    kind: &'static str,
    action: &'static str,
    category: &'static str,
    target: Option<&'static str>,
    ip: Option<&'static str>,
    failed: bool,
    number: usize,
}

fn one_of<T: Copy>(rng: &mut Xoshiro256PlusPlus, list: &[T]) -> T {
    list[rng.random_range(0..list.len())]
}

impl Sent {
    /// An event at a quarter hour, right before one, or at any other instant up to now.
    pub(crate) fn random(rng: &mut Xoshiro256PlusPlus, number: usize) -> Self {
        let start = instant(&format!("{}T00:00:00Z", one_of(rng, &DAYS))).micros();
        let us = match rng.random_range(0..4) {
            0 => start + rng.random_range(0..96) * 900_000_000,
            1 => start + rng.random_range(1..97) * 900_000_000 - 1,
            _ => start + rng.random_range(0..DAY_US),
        };
        let (action, category) = one_of(rng, &ACTIONS);
        Self {
            us: us.min(instant(audit_tests::START).micros()),
            actor: one_of(rng, &ACTORS),
            kind: one_of(rng, &KINDS),
            action,
            category,
            target: rng.random_bool(0.8).then(|| one_of(rng, &TARGETS)),
            ip: rng.random_bool(0.7).then(|| one_of(rng, &IPS)),
            failed: rng.random_bool(0.2),
            number,
        }
    }

    /// The event as the API accepts it, with a key.
    pub(crate) fn json(&self) -> String {
        let event: Value = json!({
            "occurred_at": UnixMicros::new(self.us).to_string(),
            "actor": { "type": self.kind, "id": self.actor, "name": self.name(), "email": "ada@example.com" },
            "action": self.action,
            "target": self.target.map(|id| json!({ "id": id, "type": "thing", "name": self.name() })),
            "result": if self.failed { "failed" } else { "succeeded" },
            "context": { "ip": self.ip },
            "idempotency_key": format!("key-{}", self.number),
        });
        event.to_string()
    }

    fn name(&self) -> String {
        format!("Name {}", self.number)
    }

    fn value(&self, field: &str) -> Option<&'static str> {
        match field {
            "action" => Some(self.action),
            "category" => Some(self.category),
            "result" => Some(if self.failed { "failed" } else { "succeeded" }),
            "actor" => Some(self.actor),
            "actor_type" => Some(self.kind),
            "target" => self.target,
            "ip" => self.ip,
            other => panic!("{other}"),
        }
    }
}

/// A query, and the zone of its bars.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    from: Option<i64>,
    to: Option<i64>,
    /// A field, the parameter, and the value that it requires; `not_` excludes it.
    filters: Vec<(&'static str, bool, &'static str)>,
    time: bool,
    field: Option<&'static str>,
    interval: &'static str,
    clock: Clock,
    pub(crate) top: usize,
}

impl Question {
    pub(crate) fn random(rng: &mut Xoshiro256PlusPlus, events: &[Sent]) -> Self {
        let mut bounds = [0, 1].map(|_| {
            let us = events[rng.random_range(0..events.len())].us;
            if rng.random_bool(0.5) { us - us.rem_euclid(DAY_US) } else { us + rng.random_range(-1..=1) }
        });
        bounds.sort_unstable();
        let mut filters = Vec::new();
        if rng.random_bool(0.6) {
            for _ in 0..rng.random_range(1..3) {
                let filter = match rng.random_range(0..8) {
                    0 => ("action", true, one_of(rng, &ACTIONS).0),
                    1 => ("category", true, one_of(rng, &ACTIONS).1),
                    2 => ("result", true, one_of(rng, &["succeeded", "failed"])),
                    3 => ("actor", true, one_of(rng, &ACTORS)),
                    4 => ("actor", false, one_of(rng, &ACTORS)),
                    5 => ("action", false, one_of(rng, &ACTIONS).0),
                    6 => ("target", true, one_of(rng, &["mon_1", "mon_2", "MON_1", "usr_1"])),
                    _ => ("ip", true, "unknown"),
                };
                // Two values of one parameter would be alternatives.
                if !filters.iter().any(|(field, is, _)| (*field, *is) == (filter.0, filter.1)) {
                    filters.push(filter);
                }
            }
        }
        let fields = ["action", "category", "result", "actor", "actor_type", "target", "ip"];
        Self {
            from: rng.random_bool(0.6).then_some(bounds[0]),
            to: rng.random_bool(0.6).then_some(bounds[1]),
            filters,
            time: rng.random_bool(0.5),
            field: rng.random_bool(0.7).then(|| one_of(rng, &fields)),
            interval: one_of(rng, &["15m", "1h", "1d", "1w", "1mo"]),
            clock: one_of(rng, &Clock::ALL),
            top: one_of(rng, &[1, 3, 10, 100]),
        }
    }

    /// The query string, without cursor.
    pub(crate) fn query(&self) -> String {
        let instant = |us: &i64| UnixMicros::new(*us).to_string();
        let mut pairs = vec![("top".to_owned(), self.top.to_string())];
        pairs.extend(self.from.iter().map(|us| ("from".to_owned(), instant(us))));
        pairs.extend(self.to.iter().map(|us| ("to".to_owned(), instant(us))));
        for (field, is, value) in &self.filters {
            pairs.push((format!("{}{field}", if *is { "" } else { "not_" }), (*value).to_owned()));
        }
        let group_by: Vec<_> = self.time.then_some("time").into_iter().chain(self.field).collect();
        if !group_by.is_empty() {
            pairs.push(("group_by".to_owned(), group_by.join(",")));
        }
        if self.time {
            pairs.push(("interval".to_owned(), self.interval.to_owned()));
            pairs.push(("zone".to_owned(), self.clock.name().to_owned()));
        }
        let encoded =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    }

    fn wants(&self, event: &Sent) -> bool {
        self.from.is_none_or(|from| event.us >= from)
            && self.to.is_none_or(|to| event.us < to)
            && self.filters.iter().all(|(field, is, value)| (event.value(field) == Some(value)) == *is)
    }

    /// Counts the events by looking at each.
    pub(crate) fn answer(&self, events: &[Sent]) -> Answer {
        let mut answer = Answer::default();
        for event in events.iter().filter(|event| self.wants(event)) {
            answer.total.add(event);
            let bar = self.time.then(|| self.clock.bar(self.interval, event.us));
            let Some(field) = self.field else {
                bar.into_iter().for_each(|bar| answer.bars.entry(bar).or_default().add(event));
                continue;
            };
            let group = answer.groups.entry(event.value(field).map(str::to_owned)).or_default();
            group.count.add(event);
            bar.into_iter().for_each(|bar| group.bars.entry(bar).or_default().add(event));
            if !matches!(field, "actor" | "target" | "ip") {
                continue;
            }
            let at = UnixMicros::new(event.us).to_string();
            group.first = group.first.take().filter(|first| *first <= at).or_else(|| Some(at.clone()));
            if group.last.as_ref().is_none_or(|last| *last < at) {
                (group.last, group.names) = (Some(at.clone()), Vec::new());
            }
            if group.last.as_ref() == Some(&at) && field != "ip" && event.value(field).is_some() {
                group.names.push(event.name());
            }
        }
        answer
    }
}

/// All events, and those that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Numbers(pub(crate) u64, pub(crate) u64);

impl Numbers {
    fn add(&mut self, event: &Sent) {
        *self = Self(self.0 + 1, self.1 + u64::from(event.failed));
    }
}

/// The events of one value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GroupAnswer {
    pub(crate) count: Numbers,
    pub(crate) bars: BTreeMap<String, Numbers>,
    pub(crate) first: Option<String>,
    pub(crate) last: Option<String>,
    /// The names that the group may show: those of its events at the last instant.
    pub(crate) names: Vec<String>,
}

/// What a question has as its answer, all pages added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) total: Numbers,
    pub(crate) bars: BTreeMap<String, Numbers>,
    pub(crate) groups: BTreeMap<Option<String>, GroupAnswer>,
}
