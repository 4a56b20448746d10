//! Events of one org as a platform sends them: the same ones for the same number, days and seed.
//!
//! An org of 1,500 people and 12 API keys that do 45 % of it, 20,000 monitors, 21 actions, 2.5 % failed. One event in ten
//! has longer details, one in a hundred up to 5 KB. The last day is always the same, so that files remain comparable.

use std::fmt::Write as _;
use std::ops::Range;

use audit_core::{Day, Event, IdKey, OrgId, UnixMicros, request};
use serde_json::json;

use crate::Result;
use crate::dice::Dice;

/// Events have no idempotency keys, so no id depends on it.
pub(crate) const NO_KEY: IdKey = IdKey::new([0; 32]);

/// The day after the last event.
const END: &str = "2026-01-01";
/// An actor of one event in 4,300.
pub(crate) const RARE_ACTOR: &str = "usr_seldom";
/// An action of one event in 9,900, which nothing else has.
pub(crate) const RARE_ACTION: &str = "organization.ownership_transferred";
/// A target of one event in 22,000.
pub(crate) const RARE_TARGET: &str = "mon_seldom";
/// The actor with the most events, one in eight.
pub(crate) const COMMON_ACTOR: &str = "key_0";

const PEOPLE: u64 = 1_500;
const KEYS: u64 = 12;
const MONITORS: u64 = 20_000;
/// Of a hundred events, how many are of each action, and the kind of its target.
const ACTIONS: [(u64, &str, &str); 20] = [
    (24, "monitor.updated", "monitor"),
    (14, "monitor.created", "monitor"),
    (8, "monitor.deleted", "monitor"),
    (8, "incident.acknowledged", "incident"),
    (6, "incident.resolved", "incident"),
    (5, "status_page.updated", "status_page"),
    (5, "repository.connected", "repository"),
    (4, "on_call_schedule.updated", "schedule"),
    (4, "escalation_policy.updated", "policy"),
    (4, "domain.added", "domain"),
    (3, "member.invited", "member"),
    (3, "api_key.created", "api_key"),
    (3, "member.role_changed", "member"),
    (2, "api_key.revoked", "api_key"),
    (2, "cloud_account.connected", "account"),
    (1, "billing.payment_method_updated", "billing"),
    (1, "billing.plan_changed", "billing"),
    (1, "status_page.created", "status_page"),
    (1, "member.removed", "member"),
    (1, "organization.timezone_changed", "organization"),
];
const FIELDS: [&str; 10] = [
    "interval_s",
    "timeout_ms",
    "regions",
    "name",
    "paused",
    "threshold",
    "role",
    "escalation_policy_id",
    "severity",
    "owner",
];
const WORDS: [&str; 24] = [
    "checkout",
    "eu-west-1",
    "latency",
    "p99",
    "threshold",
    "payments",
    "retry",
    "window",
    "alert",
    "primary",
    "rotation",
    "weekend",
    "dns",
    "certificate",
    "expiry",
    "probe",
    "healthy",
    "degraded",
    "deploy",
    "rollback",
    "quota",
    "tenant",
    "cluster",
    "synthetic",
];
const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "terraform-provider-monitors/3.2.1 Terraform/1.13.3",
    "python-requests/2.32.5",
];
const FIRST_NAMES: [&str; 12] =
    ["Ada", "Bela", "Chen", "Dana", "Emeka", "Fatima", "Goran", "Hana", "Igor", "Joana", "Kofi", "Lucía"];
const LAST_NAMES: [&str; 12] = [
    "Okafor", "Lovelace", "Nguyen", "García", "Schmidt", "Ivanova", "Haddad", "Kim", "Rossi", "Silva", "Novák", "Osei",
];
const REASONS: [&str; 4] = ["permission denied", "quota exceeded", "the resource was changed meanwhile", "timeout"];

/// Events of an org over some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub(crate) struct Events {
    /// How many events.
    #[arg(long = "events", default_value_t = 1_000_000, value_name = "N")]
    pub(crate) count: u64,
    /// Over how many days; the last one is 2025-12-31.
    #[arg(long, default_value_t = 365, value_name = "D")]
    pub(crate) days: u64,
    /// Another seed makes other events.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
}

impl Events {
    /// A name for a folder of what is made of these events.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}-{}", self.count, self.days, self.seed)
    }

    /// The first day.
    pub(crate) fn first_day(&self) -> Result<Day> {
        let end: Day = END.parse()?;
        Ok(Day(end.0 - i32::try_from(self.days)?))
    }

    /// The events of a day, counted from 0; each day has as many.
    pub(crate) fn of_day(&self, day: u64) -> Range<u64> {
        let start = |day| self.count * day / self.days;
        start(day)..start(day + 1)
    }

    /// When an event happened: in order of the numbers, most of it in working hours.
    fn occurred_at(&self, first_day: Day, number: u64, dice: &mut Dice) -> UnixMicros {
        let day = ((number + 1) * self.days - 1) / self.count;
        let events = self.of_day(day);
        let part = ((number - events.start) as f64 + dice.fraction()) / (events.end - events.start) as f64;
        // A quarter before 07:00, half until 17:00, a quarter after.
        let hour = match part {
            early if early < 0.25 => early * 28.0,
            late if late >= 0.75 => 17.0 + (late - 0.75) * 28.0,
            working => 7.0 + (working - 0.25) * 20.0,
        };
        let micros = (hour * 3_600_000_000.0) as i64;
        let day = Day(first_day.0 + i32::try_from(day).unwrap_or_default());
        UnixMicros::new(day.start().micros() + micros.min(Day::MICROS - 1))
    }

    /// An event as the JSON that a platform sends.
    pub(crate) fn line(&self, first_day: Day, number: u64) -> String {
        let mut dice = Dice::new(self.seed, number);
        let occurred_at = self.occurred_at(first_day, number, &mut dice);
        let (mut action, mut target_kind) = action(&mut dice);
        let mut target = target(target_kind, &mut dice);
        let mut actor = actor(&mut dice);
        let ip = format!("198.51.{}.{}", actor.place % 200, 1 + (actor.place / 200 + dice.below(3)) % 250);
        if dice.happens(1.0 / 4_300.0) {
            actor = person(RARE_ACTOR, 7);
        }
        if dice.happens(1.0 / 9_900.0) {
            (action, target_kind, target) = (RARE_ACTION, "organization", "org_1".to_owned());
        }
        if dice.happens(1.0 / 22_000.0) {
            (target_kind, target) = ("monitor", RARE_TARGET.to_owned());
        }
        let failed = dice.happens(0.025);
        let agent = if actor.kind == "user" { dice.below(4) } else { 4 + dice.below(2) };
        let mut line = format!(r#"{{"occurred_at":"{occurred_at}","actor":{},"action":"{action}","#, actor.json());
        let name = format!("{} {}", dice.pick(&WORDS), dice.pick(&WORDS));
        let _ = write!(line, r#""target":{{"type":"{target_kind}","id":"{target}","name":"{name}"}},"#);
        match failed {
            true => _ = write!(line, r#""result":"failed","failure_reason":"{}","#, dice.pick(&REASONS)),
            false => line.push_str(r#""result":"succeeded","#),
        }
        let _ = write!(
            line,
            r#""context":{{"ip":"{ip}","user_agent":"{}","request_id":"req_{:016x}"}},"details":{}}}"#,
            AGENTS[agent as usize],
            dice.next(),
            details(&mut dice)
        );
        line
    }

    /// An event as the service stores it.
    pub(crate) fn event(&self, org_id: &OrgId, first_day: Day, number: u64) -> Result<Event> {
        let line = self.line(first_day, number);
        let stored_at = UnixMicros::new(END.parse::<Day>()?.start().micros());
        let new = request::read(line.as_bytes(), None, stored_at).map_err(|_| format!("an invalid event: {line}"))?;
        let new = new.into_iter().next().ok_or("no event")?;
        Ok(new.into_event(org_id.clone(), &NO_KEY, stored_at, Dice::new(!self.seed, number).next()))
    }
}

struct Actor {
    kind: &'static str,
    id: String,
    name: String,
    email: Option<String>,
    /// Its network.
    place: u64,
}

impl Actor {
    fn json(&self) -> String {
        json!({ "type": self.kind, "id": self.id, "name": self.name, "email": self.email }).to_string()
    }
}

fn actor(dice: &mut Dice) -> Actor {
    let kind = dice.fraction();
    if kind < 0.45 {
        let key = dice.skewed(KEYS);
        Actor { kind: "api_key", id: format!("key_{key}"), name: format!("CI pipeline {key}"), email: None, place: key }
    } else if kind < 0.49 {
        Actor { kind: "system", id: "scheduler".to_owned(), name: "Scheduler".to_owned(), email: None, place: 99 }
    } else {
        let number = dice.skewed(PEOPLE);
        person(&format!("usr_{number}"), number)
    }
}

fn person(id: &str, number: u64) -> Actor {
    let (first, last) = (FIRST_NAMES[(number % 12) as usize], LAST_NAMES[(number / 12 % 12) as usize]);
    let email = Some(format!("{id}@example.com"));
    Actor { kind: "user", id: id.to_owned(), name: format!("{first} {last}"), email, place: 100 + number }
}

fn action(dice: &mut Dice) -> (&'static str, &'static str) {
    let mut left = dice.below(100);
    for (share, action, target) in ACTIONS {
        match left.checked_sub(share) {
            Some(rest) => left = rest,
            None => return (action, target),
        }
    }
    ("monitor.updated", "monitor")
}

fn target(kind: &str, dice: &mut Dice) -> String {
    match kind {
        "monitor" => format!("mon_{}", dice.skewed(MONITORS)),
        "member" => format!("usr_{}", dice.skewed(PEOPLE)),
        "organization" => "org_1".to_owned(),
        _ => format!("{kind}_{}", dice.skewed(800)),
    }
}

fn details(dice: &mut Dice) -> String {
    let mut changes = String::new();
    for index in 0..1 + dice.skewed(4) {
        let comma = if index == 0 { "" } else { "," };
        let (field, old, new) = (dice.pick(&FIELDS), dice.below(600), dice.below(600));
        let _ = write!(changes, r#"{comma}{{"field":"{field}","old":{old},"new":{new}}}"#);
    }
    let size = dice.fraction();
    let words = match size {
        most if most < 0.9 => 0,
        some if some < 0.95 => 20 + dice.below(100),
        few if few < 0.99 => 120 + dice.below(180),
        _ => 400 + dice.below(400),
    };
    let mut text = String::new();
    for _ in 0..words {
        let _ = write!(text, "{} ", dice.pick(&WORDS));
    }
    match words {
        0 => format!(r#"{{"changes":[{changes}]}}"#),
        _ => format!(r#"{{"changes":[{changes}],"comment":"{}"}}"#, text.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: Events = Events { count: 20_000, days: 365, seed: 1 };

    #[test]
    fn events_are_valid_ordered_and_on_their_days() {
        let (org_id, first_day) = ("acme".parse().unwrap(), YEAR.first_day().unwrap());
        for day in [0, 1, 200, 364] {
            let events: Vec<_> =
                YEAR.of_day(day).map(|number| YEAR.event(&org_id, first_day, number).unwrap()).collect();
            assert!(events.len() >= 54 && events.is_sorted_by_key(|event| event.id));
            assert!(events.iter().all(|event| event.occurred_at.day() == Day(first_day.0 + day as i32)));
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_events_forever() {
        let lines = |seed| {
            let events = Events { seed, ..YEAR };
            (0..1_000).map(|number| events.line(events.first_day().unwrap(), number)).collect::<String>()
        };
        assert_ne!(lines(1), lines(2));
        let sha256 = "772e7e14b08a3bf51038cc0df0a417079232e00115b1d839a3c921472f6ffa38";
        assert_eq!(audit_core::Sha256::of(lines(1).as_bytes()).to_string(), sha256);
    }
}
