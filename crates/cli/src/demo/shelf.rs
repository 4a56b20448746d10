//! Things of one kind that come, change and go, so that what is deleted existed and what is changed had the old value.

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::Value;

use super::draft::{Change, Details, Target};

/// More things than this are not kept: the next one that would come goes.
const MOST: usize = 40;
/// Fewer things than this are not left: the next one that would go comes.
const FEWEST: usize = 3;

/// A kind of thing.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) noun: &'static str,
    pub(super) comes: &'static str,
    pub(super) changes: &'static str,
    pub(super) goes: &'static str,
    pub(super) names: &'static [&'static str],
    /// The fields, each with the values it can have, as JSON.
    pub(super) fields: &'static [(&'static str, &'static [&'static str])],
}

/// What happens to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Come,
    Change,
    Go,
}

#[derive(Debug, Clone)]
struct Thing {
    target: Target,
    /// For each field the place of its value.
    values: Vec<usize>,
}

/// All things of one kind.
#[derive(Debug)]
pub(super) struct Shelf {
    kind: &'static Kind,
    things: Vec<Thing>,
    made: usize,
}

/// What has happened.
#[derive(Debug)]
pub(super) struct Happened {
    pub(super) deed: Deed,
    pub(super) action: String,
    pub(super) target: Target,
    pub(super) details: Option<Details>,
}

impl Shelf {
    /// A shelf with some things that were there before the demo begins.
    pub(super) fn new(kind: &'static Kind, rng: &mut Xoshiro256PlusPlus) -> Self {
        let mut shelf = Self { kind, things: Vec::new(), made: 0 };
        for _ in 0..8 {
            let thing = shelf.make(rng);
            shelf.things.push(thing);
        }
        shelf
    }

    /// Lets something happen; nothing changes where it `fails`.
    pub(super) fn happen(&mut self, deed: Deed, fails: bool, rng: &mut Xoshiro256PlusPlus) -> Happened {
        let deed = match deed {
            Deed::Come if self.things.len() >= MOST => Deed::Go,
            Deed::Go if self.things.len() <= FEWEST => Deed::Come,
            deed => deed,
        };
        let (verb, target, changes) = match deed {
            Deed::Come => self.come(fails, rng),
            Deed::Change => self.change(fails, rng),
            Deed::Go => self.go(fails, rng),
        };
        let details = (!changes.is_empty()).then_some(Details { changes, note: None });
        Happened { deed, action: format!("{}.{verb}", self.kind.noun), target, details }
    }

    fn come(&mut self, fails: bool, rng: &mut Xoshiro256PlusPlus) -> (&'static str, Target, Vec<Change>) {
        let thing = self.make(rng);
        let target = thing.target.clone();
        let fields = self.kind.fields.iter().zip(&thing.values);
        let changes =
            fields.map(|((field, values), value)| Change { field, old: Value::Null, new: json(values[*value]) });
        let changes = changes.collect();
        if !fails {
            self.things.push(thing);
        }
        (self.kind.comes, target, changes)
    }

    fn change(&mut self, fails: bool, rng: &mut Xoshiro256PlusPlus) -> (&'static str, Target, Vec<Change>) {
        let thing = rng.random_range(0..self.things.len());
        let thing = &mut self.things[thing];
        let field = rng.random_range(0..self.kind.fields.len());
        let (name, values) = self.kind.fields[field];
        let old = thing.values[field];
        let new = (old + rng.random_range(1..values.len())) % values.len();
        if !fails {
            thing.values[field] = new;
        }
        let change = Change { field: name, old: json(values[old]), new: json(values[new]) };
        (self.kind.changes, thing.target.clone(), vec![change])
    }

    fn go(&mut self, fails: bool, rng: &mut Xoshiro256PlusPlus) -> (&'static str, Target, Vec<Change>) {
        let thing = rng.random_range(0..self.things.len());
        let target = if fails { self.things[thing].target.clone() } else { self.things.remove(thing).target };
        (self.kind.goes, target, Vec::new())
    }

    fn make(&mut self, rng: &mut Xoshiro256PlusPlus) -> Thing {
        let name = self.kind.names[self.made % self.kind.names.len()];
        let round = self.made / self.kind.names.len() + 1;
        self.made += 1;
        let id = format!("{}_{:04}", self.kind.noun, self.made);
        // Every round through the names numbers them anew.
        let name = name.replace('#', &round.to_string());
        let values = self.kind.fields.iter().map(|(_, values)| rng.random_range(0..values.len())).collect();
        Thing { target: Target { kind: self.kind.noun, id, name }, values }
    }
}

/// A value that is written down as JSON, or else as a text.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
