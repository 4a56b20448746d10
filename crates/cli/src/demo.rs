//! Events to try the service with: 90 days of a made-up company that uses a monitoring product.
//!
//! `demo/company.json` lists who acts and what the company owns. `demo/story.jsonl` lists the scenes worth searching
//! for, one a line: a role that should not have been granted, a stolen API key, an automation that makes noise. The
//! routine around them is drawn at random with the rhythm of a working week, and leaves one weekend silent.
//! All addresses and domains are reserved for documentation.

use std::collections::BTreeMap;

use audit_core::UnixMicros;
use rand::distr::Distribution as _;
use rand::distr::weighted::WeightedIndex;
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
/// How far the demo reaches back.
const HOURS: i64 = 90 * 24;
/// The silent weekend is the last one that ended at least this many days ago; the story has no scene around it.
const SILENT_DAYS_AGO: i64 = 13;
/// An hour with less than this share of a normal working hour is quiet: mostly machines act.
const QUIET: f64 = 0.2;
/// The fewest and the most things of one kind that the company owns.
const OWNED: [usize; 2] = [3, 40];

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
    /// The verb and the frequency of each [`Effect`], in its order.
    verbs: [(String, u32); 3],
    /// The group of people who do this.
    people: String,
    machines: Vec<String>,
    /// A `#` in a name becomes a number.
    names: Vec<String>,
    /// Each field with the values that it can have.
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Create,
    Change,
    Delete,
}

#[derive(Clone, Copy)]
enum Activity {
    SignIn,
    FailedSignIn,
    Export,
    /// On a thing of the kind with this index.
    Thing(usize, Effect),
}

#[derive(Clone)]
struct Thing {
    id: String,
    name: String,
    /// For each field, the index of its value.
    values: Vec<usize>,
}

struct Generator<'a> {
    company: &'a Company,
    rng: Xoshiro256PlusPlus,
    activities: Vec<(Activity, u32)>,
    /// What the company owns of each kind, so that only what exists is changed, from the value that it has.
    owned: Vec<Vec<Thing>>,
    /// How many things of each kind have ever been made.
    made: Vec<usize>,
}

impl<'a> Generator<'a> {
    fn new(company: &'a Company) -> Self {
        let mut activities = vec![(Activity::SignIn, 150), (Activity::FailedSignIn, 30), (Activity::Export, 25)];
        for (index, kind) in company.kinds.iter().enumerate() {
            let effects = [Effect::Create, Effect::Change, Effect::Delete].into_iter().zip(&kind.verbs);
            activities.extend(effects.map(|(effect, (_, weight))| (Activity::Thing(index, effect), *weight)));
        }
        let kinds = company.kinds.len();
        let rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
        let mut generator = Self { company, rng, activities, owned: vec![Vec::new(); kinds], made: vec![0; kinds] };
        for kind in 0..kinds {
            generator.owned[kind] = (0..8).map(|_| generator.make(kind)).collect();
        }
        generator
    }

    fn story(&mut self, now: UnixMicros) -> Vec<(i64, Value)> {
        let mut events = Vec::new();
        for line in STORY.lines() {
            let scene: Scene = parsed(line);
            let start_us = (now.micros().div_euclid(24 * HOUR_US) - scene.days_ago) * 24 * HOUR_US
                + scene.hour * HOUR_US
                + (scene.minute * MINUTE_US + self.rng.random_range(0..MINUTE_US));
            let actor = &self.company.actors[&scene.actor];
            for time in 0..scene.times.unwrap_or(1) {
                let changes = scene.change.iter().map(|(field, old, new)| {
                    let (old, new) = if time % 2 == 0 { (old, new) } else { (new, old) };
                    json!({"field": field, "old": old, "new": new})
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
    #[expect(clippy::expect_used, reason = "working hours have a weight")]
    fn routine(&mut self, now: UnixMicros, count: usize) -> Vec<(i64, Value)> {
        let last_hour = now.micros().div_euclid(HOUR_US);
        let first_hour = last_hour - HOURS + 1;
        let rhythm = WeightedIndex::new((first_hour..last_hour).map(|hour| weight(hour, now))).expect("weights");
        let mut draw = |_| {
            let hour = first_hour + rhythm.sample(&mut self.rng) as i64;
            hour * HOUR_US + self.rng.random_range(0..HOUR_US)
        };
        let mut times: Vec<_> = (0..count).map(&mut draw).collect();
        times.sort_unstable();
        let is_quiet = |at_us: i64| weight(at_us.div_euclid(HOUR_US), now) < QUIET;
        times.into_iter().map(|at_us| (at_us, self.activity(is_quiet(at_us)))).collect()
    }

    fn activity(&mut self, is_quiet: bool) -> Value {
        let person = self.any_of(&["admins", "editors", "viewers"]);
        let text = |member: &str| person.actor[member].as_str().unwrap_or_default();
        let account = ["user", text("id"), text("email")];
        match self.drawn_activity() {
            Activity::SignIn => self.event(person, "session.created", account, None, Value::Null),
            Activity::FailedSignIn => {
                let visitor = &self.company.actors["visitor"];
                let reason = Some("wrong password or second factor");
                self.event(visitor, "session.created", account, reason, Value::Null)
            }
            Activity::Export => {
                let number = self.rng.random_range(1..1_000);
                let (id, name) = (format!("rep_{number:04}"), format!("Verfügbarkeit, report {number}"));
                self.event(person, "report.exported", ["report", &id, &name], None, Value::Null)
            }
            Activity::Thing(kind, effect) => self.act_on_thing(kind, effect, is_quiet),
        }
    }

    fn act_on_thing(&mut self, index: usize, effect: Effect, is_quiet: bool) -> Value {
        let kind = &self.company.kinds[index];
        let [fewest, most] = OWNED;
        let effect = match effect {
            Effect::Create if self.owned[index].len() >= most => Effect::Delete,
            Effect::Delete if self.owned[index].len() <= fewest => Effect::Create,
            effect => effect,
        };
        let fails = self.rng.random_bool(0.03);
        let by_viewer = fails && !is_quiet && self.rng.random_bool(0.4);
        let by_machine = !by_viewer && self.rng.random_bool(if is_quiet { 0.8 } else { 0.25 });
        let actor = match kind.machines.choose(&mut self.rng) {
            Some(machine) if by_machine => &self.company.actors[machine],
            _ => self.any_of(&[if by_viewer { "viewers" } else { &kind.people }]),
        };
        let (thing, changes) = self.affected(index, effect, fails);
        let reason = match effect {
            _ if by_viewer => "permission denied: viewers cannot change this",
            Effect::Create => "limit reached: the plan allows no more of these",
            Effect::Change => "conflict: changed by another request in the meantime – reload and try again",
            Effect::Delete => "still in use",
        };
        let action = format!("{}.{}", kind.noun, kind.verbs[effect as usize].0);
        let target = [&kind.noun[..], &thing.id, &thing.name];
        self.event(actor, &action, target, fails.then_some(reason), details(changes, None))
    }

    /// Creates, changes or deletes a thing, unless it `fails`; returns the thing with the changes of its fields.
    fn affected(&mut self, index: usize, effect: Effect, fails: bool) -> (Thing, Vec<Value>) {
        let fields = &self.company.kinds[index].fields;
        if effect == Effect::Create {
            let thing = self.make(index);
            let changes = fields.iter().zip(&thing.values);
            let changes = changes.map(|((field, values), at)| json!({"field": field, "old": null, "new": values[*at]}));
            let changes = changes.collect();
            if !fails {
                self.owned[index].push(thing.clone());
            }
            return (thing, changes);
        }
        let owned = &mut self.owned[index];
        let place = self.rng.random_range(0..owned.len());
        if effect == Effect::Delete {
            return (if fails { owned[place].clone() } else { owned.remove(place) }, Vec::new());
        }
        let at = self.rng.random_range(0..fields.len());
        let (field, values) = &fields[at];
        let old = owned[place].values[at];
        let new = (old + self.rng.random_range(1..values.len())) % values.len();
        if !fails {
            owned[place].values[at] = new;
        }
        (owned[place].clone(), vec![json!({"field": field, "old": values[old], "new": values[new]})])
    }

    fn make(&mut self, index: usize) -> Thing {
        let kind = &self.company.kinds[index];
        let made = self.made[index];
        self.made[index] += 1;
        let name = kind.names[made % kind.names.len()].replace('#', &(made / kind.names.len() + 1).to_string());
        let values = kind.fields.iter().map(|(_, values)| self.rng.random_range(0..values.len())).collect();
        Thing { id: format!("{}_{:04}", kind.noun, made + 1), name, values }
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

    #[expect(clippy::expect_used, reason = "the activities have weights")]
    fn drawn_activity(&mut self) -> Activity {
        self.activities.choose_weighted(&mut self.rng, |(_, weight)| *weight).expect("weights").0
    }

    #[expect(clippy::expect_used, reason = "the groups of the embedded data have members")]
    fn any_of(&mut self, groups: &[&str]) -> &'a Persona {
        let company = self.company;
        let members: Vec<_> = groups.iter().flat_map(|group| &company.groups[*group]).collect();
        &company.actors[*members.choose(&mut self.rng).expect("a group with members")]
    }
}

fn details(changes: Vec<Value>, note: Option<&str>) -> Value {
    let changes = (!changes.is_empty()).then(|| ("changes".to_owned(), json!(changes)));
    let note = note.map(|note| ("note".to_owned(), json!(note)));
    let members: Map<_, _> = changes.into_iter().chain(note).collect();
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

/// How much happens in an hour, counted from the Unix epoch, where 1 is a normal working hour.
fn weight(hour: i64, now: UnixMicros) -> f64 {
    let by_hour = match hour.rem_euclid(24) {
        9..=11 | 14..=15 => 1.3,
        12 => 0.6,
        8 | 13 | 16..=17 => 1.0,
        7 | 18..=21 => 0.15,
        _ => 0.04,
    };
    let day = hour.div_euclid(24);
    // Day 0 was a Thursday, so days 2 and 3 of each seven are a weekend.
    let latest_sunday = now.micros().div_euclid(24 * HOUR_US) - SILENT_DAYS_AGO;
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
