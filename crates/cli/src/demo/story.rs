//! The scenes that are written down: rare actions, and the incident.

use serde_json::Value;

use super::cast::Actor;
use super::draft::{Change, Details, Draft, Target};

mod everyday;
mod incident;

/// The kind, id and name of a target.
type Named = (&'static str, &'static str, &'static str);

const DAY_US: i64 = 86_400_000_000;
const MINUTE_US: i64 = 60_000_000;

/// Something that happens at a set time.
struct Scene {
    /// How many days before today.
    days: i64,
    /// The time of that day, UTC.
    at: (i64, i64),
    actor: &'static Actor,
    action: &'static str,
    target: Named,
    /// Why it failed.
    failure: Option<&'static str>,
    /// Field, old and new value as JSON.
    change: Option<(&'static str, &'static str, &'static str)>,
    note: Option<&'static str>,
}

impl Scene {
    const fn new(
        (days, hour, minute): (i64, i64, i64),
        actor: &'static Actor,
        action: &'static str,
        target: Named,
    ) -> Self {
        Self { days, at: (hour, minute), actor, action, target, failure: None, change: None, note: None }
    }

    const fn change(self, field: &'static str, old: &'static str, new: &'static str) -> Self {
        Self { change: Some((field, old, new)), ..self }
    }

    const fn fails(self, reason: &'static str) -> Self {
        Self { failure: Some(reason), ..self }
    }

    const fn note(self, note: &'static str) -> Self {
        Self { note: Some(note), ..self }
    }

    fn at_us(&self, now_us: i64) -> i64 {
        let (hour, minute) = self.at;
        (now_us.div_euclid(DAY_US) - self.days) * DAY_US + (hour * 60 + minute) * MINUTE_US
    }

    fn draft(&self, number: u64) -> Draft {
        let (kind, id, name) = self.target;
        let changes = self.change.map(|(field, old, new)| Change { field, old: json(old), new: json(new) });
        let told = changes.is_some() || self.note.is_some();
        let details = told.then(|| Details { changes: changes.into_iter().collect(), note: self.note });
        Draft {
            actor: self.actor,
            action: self.action.to_owned(),
            target: Target { kind, id: id.to_owned(), name: name.to_owned() },
            failure_reason: self.failure.map(str::to_owned),
            ip: 0,
            // Scattered by an odd multiplier, so that request ids do not look counted.
            request: (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            details,
        }
    }
}

/// All scenes with their times, oldest first.
pub(super) fn scenes(now_us: i64) -> Vec<(i64, Draft)> {
    let scenes = everyday::SCENES.iter().chain(&incident::SCENES);
    let seconds = |number: u64| (number as i64 * 7_919_113) % MINUTE_US;
    let mut scenes: Vec<_> =
        (0..).zip(scenes).map(|(number, scene)| (scene.at_us(now_us) + seconds(number), scene.draft(number))).collect();
    scenes.sort_by_key(|(at_us, _)| *at_us);
    scenes
}

/// A value that is written down as JSON, or else as a text.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
