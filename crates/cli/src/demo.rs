//! Events to try the service with: 90 days of a made-up company that uses a monitoring product.
//!
//! `demo/company.json` lists who acts and what the company owns. `demo/story.jsonl` lists the scenes worth searching
//! for, one a line: a role that should not have been granted, a stolen API key, an automation that makes noise. The
//! routine around them is drawn at random with the rhythm of a working week, and leaves one weekend silent.
//! All addresses and domains are reserved for documentation.

use std::collections::BTreeMap;
use std::iter::repeat_n;

use audit_core::UnixMicros;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

const COMPANY: &str = include_str!("demo/company.json");
const STORY: &str = include_str!("demo/story.jsonl");

/// Any number would do. The same number draws the same events.
const SEED: u64 = 0x000A_0D17;
const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;
const DAY_US: i64 = 24 * HOUR_US;
/// How far the demo reaches back.
const DAYS: i64 = 90;
/// The silent weekend is the last one that ended at least this many days ago; the story has no scene around it.
const SILENT_DAYS_AGO: i64 = 13;
/// An hour with less than this share of the busiest hours is quiet: mostly machines act.
const QUIET: f64 = 0.2;

/// Generates `count` events of one org as JSON in the API's form, each with an idempotency key, oldest first.
///
/// The story is always complete, so a smaller count than its 168 events returns these.
///
/// # Guarantees
///
/// The same arguments return the same events. All of them are in the 90 days before `now`, each at its own instant, and
/// every action of the catalog is among them.
pub fn events(now: UnixMicros, count: usize) -> Vec<String> {
    let company: Company = parsed(COMPANY);
    let mut generator = Generator::new(&company);
    let mut events = generator.story(now);
    events.extend(generator.routine(now, count.saturating_sub(events.len())));
    events.sort_by_key(|(at_us, _)| *at_us);
    let mut last_us = i64::MIN;
    let finish = |(number, (at_us, mut event)): (usize, (i64, Value))| {
        last_us = at_us.max(last_us.saturating_add(1));
        event["occurred_at"] = json!(UnixMicros::new(last_us));
        event["idempotency_key"] = json!(format!("demo-{number:06}"));
        event.to_string()
    };
    (1..).zip(events).map(finish).collect()
}

#[derive(Deserialize)]
struct Company {
    /// By the short name that the story and the groups use.
    actors: BTreeMap<String, Persona>,
    groups: BTreeMap<String, Vec<String>>,
    kinds: Vec<Kind>,
}

/// A person or a machine, and where its requests come from.
#[derive(Deserialize)]
struct Persona {
    #[serde(flatten)]
    actor: Map<String, Value>,
    #[serde(default)]
    ips: Vec<String>,
    user_agent: Option<String>,
}

/// A kind of thing that the company owns.
#[derive(Deserialize)]
struct Kind {
    noun: String,
    /// How many of them the company can own, and so how often one of them is created, changed or deleted.
    count: usize,
    /// To create, to change and to delete; an empty word if they never change.
    verbs: [String; 3],
    /// The group of people who do this.
    people: String,
    machines: Vec<String>,
    /// A `#` in a name becomes a number.
    names: Vec<String>,
    /// Each field with the values that it can have, the first of them when it is created.
    fields: Vec<(String, Vec<Value>)>,
}

/// One line of the story.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    days_ago: i64,
    hour: i64,
    minute: i64,
    actor: String,
    action: String,
    target: [String; 3],
    failed: Option<String>,
    /// Field, old and new value. A scene that repeats swaps the values each time.
    change: Option<(String, Value, Value)>,
    note: Option<String>,
    times: Option<i64>,
    every_minutes: Option<i64>,
}

#[derive(Clone)]
struct Thing<'a> {
    kind: &'a Kind,
    number: usize,
    /// For each field the index of its value, while the thing exists.
    values: Option<Vec<usize>>,
}

struct Generator<'a> {
    company: &'a Company,
    rng: Xoshiro256PlusPlus,
    /// What the company can own, so that only what exists is changed, from the value that it has.
    things: Vec<Thing<'a>>,
    /// How many things have ever been made.
    made: usize,
}

impl<'a> Generator<'a> {
    fn new(company: &'a Company) -> Self {
        let of_kind = |kind: &'a Kind| repeat_n(Thing { kind, number: 0, values: None }, kind.count);
        let things = company.kinds.iter().flat_map(of_kind).collect();
        Self { company, rng: Xoshiro256PlusPlus::seed_from_u64(SEED), things, made: 0 }
    }

    fn story(&mut self, now: UnixMicros) -> Vec<(i64, Value)> {
        let mut events = Vec::new();
        for line in STORY.lines() {
            let scene: Scene = parsed(line);
            let day = now.micros().div_euclid(DAY_US) - scene.days_ago;
            let minute_us = day * DAY_US + scene.hour * HOUR_US + scene.minute * MINUTE_US;
            let start_us = minute_us + self.rng.random_range(0..MINUTE_US);
            let actor = &self.company.actors[&scene.actor];
            for time in 0..scene.times.unwrap_or(1) {
                let changes = scene.change.iter().map(|(field, old, new)| match time % 2 {
                    0 => changed(field, old, new),
                    _ => changed(field, new, old),
                });
                let details = details(changes.collect(), scene.note.as_deref());
                let target = scene.target.each_ref().map(String::as_str);
                let event = self.event(actor, &scene.action, target, scene.failed.as_deref(), details);
                events.push((start_us + time * scene.every_minutes.unwrap_or(0) * MINUTE_US, event));
            }
        }
        events
    }

    /// Draws instants with the rhythm of the week, and an activity for each.
    fn routine(&mut self, now: UnixMicros, count: usize) -> Vec<(i64, Value)> {
        let mut times = Vec::new();
        while times.len() < count {
            let at_us = self.rng.random_range(now.micros() - DAYS * DAY_US..now.micros() - HOUR_US);
            if self.rng.random_bool(share(at_us, now)) {
                times.push(at_us);
            }
        }
        times.sort_unstable();
        times.into_iter().map(|at_us| (at_us, self.activity(share(at_us, now) < QUIET))).collect()
    }

    fn activity(&mut self, is_quiet: bool) -> Value {
        let person = self.any_of("everyone");
        let text = |member: &str| person.actor[member].as_str().unwrap_or_default();
        let account = ["user", text("id"), text("email")];
        match self.rng.random_range(0..100) {
            0..14 => self.event(person, "session.created", account, None, Value::Null),
            14..17 => {
                let visitor = &self.company.actors["visitor"];
                let reason = Some("wrong password or second factor");
                self.event(visitor, "session.created", account, reason, Value::Null)
            }
            17..19 => {
                let number = self.rng.random_range(1..1_000);
                let (id, name) = (format!("rep_{number:04}"), format!("Verfügbarkeit, report {number}"));
                self.event(person, "report.exported", ["report", &id, &name], None, Value::Null)
            }
            _ => self.act_on_thing(is_quiet),
        }
    }

    fn act_on_thing(&mut self, is_quiet: bool) -> Value {
        let place = self.rng.random_range(0..self.things.len());
        let before = self.things[place].clone();
        let kind = before.kind;
        let is_denied = self.rng.random_bool(0.03);
        let by_machine = !is_denied && self.rng.random_bool(if is_quiet { 0.8 } else { 0.25 });
        let actor = match kind.machines.choose(&mut self.rng) {
            Some(machine) if by_machine => &self.company.actors[machine],
            _ => self.any_of(if is_denied { "viewers" } else { &kind.people }),
        };
        let (verb, changes) = self.act_on(place);
        let number = self.things[place].number;
        if is_denied {
            self.things[place] = before;
        }
        let action = format!("{}.{verb}", kind.noun);
        let id = format!("{}_{number:04}", kind.noun);
        let name = kind.names[number % kind.names.len()].replace('#', &number.to_string());
        let reason = is_denied.then_some("permission denied: viewers cannot change this");
        self.event(actor, &action, [&kind.noun, &id, &name], reason, details(changes, None))
    }

    /// Creates, changes or deletes a thing; returns the verb with the changes of the fields.
    fn act_on(&mut self, place: usize) -> (&'a str, Vec<Value>) {
        let thing = &mut self.things[place];
        let Kind { verbs: [create, change, delete], fields, .. } = thing.kind;
        match &mut thing.values {
            None => {
                self.made += 1;
                thing.number = self.made;
                thing.values = Some(vec![0; fields.len()]);
                let changes = fields.iter().map(|(field, values)| changed(field, &Value::Null, &values[0])).collect();
                (create, changes)
            }
            Some(_) if change.is_empty() || self.rng.random_bool(0.2) => {
                thing.values = None;
                (delete, Vec::new())
            }
            Some(chosen) => {
                let at = self.rng.random_range(0..fields.len());
                let (field, values) = &fields[at];
                let old = chosen[at];
                chosen[at] = (old + self.rng.random_range(1..values.len())) % values.len();
                (change, vec![changed(field, &values[old], &values[chosen[at]])])
            }
        }
    }

    fn event(&mut self, by: &Persona, action: &str, target: [&str; 3], failed: Option<&str>, details: Value) -> Value {
        let [kind, id, name] = target;
        let request_id = format!("req_{:016x}", self.rng.random::<u64>());
        let context = by.ips.choose(&mut self.rng);
        let context = context.map(|ip| json!({"ip": ip, "user_agent": by.user_agent, "request_id": request_id}));
        json!({
            "actor": by.actor,
            "action": action,
            "target": {"type": kind, "id": id, "name": name},
            "result": if failed.is_some() { "failed" } else { "succeeded" },
            "failure_reason": failed,
            "context": context,
            "details": details,
        })
    }

    fn any_of(&mut self, group: &str) -> &'a Persona {
        let company = self.company;
        let members = &company.groups[group];
        &company.actors[&members[self.rng.random_range(0..members.len())]]
    }
}

fn changed(field: &str, old: &Value, new: &Value) -> Value {
    json!({"field": field, "old": old, "new": new})
}

fn details(changes: Vec<Value>, note: Option<&str>) -> Value {
    let changes = (!changes.is_empty()).then(|| ("changes".to_owned(), json!(changes)));
    let note = note.map(|note| ("note".to_owned(), json!(note)));
    let members: Map<_, _> = changes.into_iter().chain(note).collect();
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

/// How much happens at an instant, as a share of what happens in the busiest hours.
fn share(at_us: i64, now: UnixMicros) -> f64 {
    let by_hour = match at_us.div_euclid(HOUR_US).rem_euclid(24) {
        9..=11 | 14..=15 => 1.0,
        12 => 0.5,
        8 | 13 | 16..=17 => 0.8,
        7 | 18..=21 => 0.12,
        _ => 0.03,
    };
    let day = at_us.div_euclid(DAY_US);
    // Day 0 was a Thursday, so days 2 and 3 of each seven are a weekend.
    let latest_sunday = now.micros().div_euclid(DAY_US) - SILENT_DAYS_AGO;
    let silent_sunday = latest_sunday - (latest_sunday - 3).rem_euclid(7);
    match day.rem_euclid(7) {
        2 | 3 if (silent_sunday - 1..=silent_sunday).contains(&day) => 0.0,
        2 | 3 => by_hour * 0.12,
        _ => by_hour,
    }
}

#[expect(clippy::expect_used, reason = "the embedded data is valid, as the tests show")]
fn parsed<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).expect("valid data of the demo")
}

#[cfg(test)]
mod tests;
