//! Random events, chosen so that the edges of every filter are hit: instants that coincide or differ by a microsecond,
//! ids that differ by case, addresses that are ids of others.

use audit_core::UnixMicros;
use audit_tests::instant;
use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::{Value, json};

const DAY_US: i64 = 86_400_000_000;
/// Instants that events share.
const INSTANTS: usize = 8_000;

/// Days with events: neighbors across the ends of months and years, some far away, and the present one.
const DAYS: &[&str] = &[
    "2000-01-01",
    "2024-02-29",
    "2024-03-01",
    "2025-12-31",
    "2026-01-01",
    "2026-07-01",
    "2026-10-31",
    "2026-11-01",
    "2026-11-21",
    "2026-11-22",
    "2026-11-23",
];

pub(crate) const ACTORS: &[&str] = &[
    "usr_1",
    "USR_1",
    "usr_2",
    "usr_3",
    "usr_4",
    "usr_5",
    "usr_6",
    "usr_7",
    "usr_8",
    "key_1",
    "key_2",
    "svc/backup",
    "ada@example.com",
    "Ümit",
    "ümit",
    "a b&c=d+e%f",
    "日本語",
    "'\"\\",
    "arn:aws:iam::1:user/x",
];

pub(crate) const EMAILS: &[&str] = &[
    "ada@example.com",
    "Ada@Example.com",
    "ADA@EXAMPLE.COM",
    "bob@example.com",
    "Bob@example.com",
    "",
    "usr_1",
    "ÜMIT@exämple.com",
    "ümit@EXÄMPLE.com",
    "straße@example.com",
    "STRASSE@example.com",
    "İ@example.com",
    "carol+tag@example.com",
];

/// Actions with their category.
pub(crate) const ACTIONS: &[(&str, &str)] = &[
    ("member.invited", "team"),
    ("member.removed", "team"),
    ("member.role_changed", "team"),
    ("organization.ownership_transferred", "team"),
    ("api_key.created", "api_keys"),
    ("api_key.revoked", "api_keys"),
    ("billing.plan_changed", "billing"),
    ("domain.added", "assets"),
    ("repository.connected", "assets"),
    ("monitor.created", "operations"),
    ("monitor.updated", "operations"),
    ("monitor.deleted", "operations"),
    ("status_page.updated", "operations"),
    ("on_call_schedule.updated", "operations"),
    ("organization.name_changed", "organization"),
    ("member.invited.again", "other"),
    ("members.invited", "other"),
    ("member.role.changed.twice", "other"),
    ("memb.invited", "other"),
    ("teleporter.engaged", "other"),
];

pub(crate) const TARGETS: &[&str] = &[
    "",
    "mon_1",
    "mon_2",
    "MON_1",
    "mon_1 ",
    "usr_1",
    "arn:aws:s3:::bucket/a b?c#d",
    "ziel-ß",
    "%",
    "mon_10",
    "mon_11",
];

/// Values of `context.ip` with the canonical forms of the addresses in them.
pub(crate) const IPS: &[(&str, &[&str])] = &[
    ("203.0.113.7", &["203.0.113.7"]),
    ("203.0.113.7:443", &["203.0.113.7"]),
    ("::ffff:203.0.113.7", &["203.0.113.7"]),
    ("203.0.113.70", &["203.0.113.70"]),
    ("203.0.113.7, 10.0.0.1", &["203.0.113.7", "10.0.0.1"]),
    ("10.0.0.1,unknown", &["10.0.0.1"]),
    ("2001:db8::1", &["2001:db8::1"]),
    ("2001:DB8:0:0::1", &["2001:db8::1"]),
    ("[2001:db8::1]:4711", &["2001:db8::1"]),
    ("fe80::1%eth0", &["fe80::1"]),
    ("for=198.51.100.3", &["198.51.100.3"]),
    ("unknown", &[]),
    ("Unknown", &[]),
    ("", &[]),
    ("AWS Internal", &[]),
    ("203.0.113.0/24", &[]),
    ("192.0.2.1", &["192.0.2.1"]),
    ("198.51.100.3", &["198.51.100.3"]),
];

pub(crate) const REQUESTS: &[&str] = &["req_1", "req_10", "REQ_1", "req 1+2", ""];

/// An event as this test knows it.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) us: i64,
    pub(crate) actor: &'static str,
    pub(crate) email: Option<&'static str>,
    pub(crate) action: &'static str,
    pub(crate) category: &'static str,
    pub(crate) target: Option<String>,
    pub(crate) failed: bool,
    pub(crate) ip: Option<(&'static str, &'static [&'static str])>,
    pub(crate) request_id: Option<&'static str>,
    number: usize,
    /// What the service returned.
    pub(crate) id: String,
}

/// Returns one of a list, the first ones more often.
pub(crate) fn pick<'a, T>(rng: &mut Xoshiro256PlusPlus, list: &'a [T]) -> &'a T {
    let skewed = rng.random::<f64>().powf(1.5);
    &list[(skewed * list.len() as f64) as usize]
}

/// Instants up to now that events share: the ends of days, and clusters a microsecond apart.
pub(crate) fn instants(rng: &mut Xoshiro256PlusPlus) -> Vec<i64> {
    let now = instant(audit_tests::START).micros();
    let mut instants = Vec::with_capacity(INSTANTS);
    while instants.len() < INSTANTS {
        let day = DAYS[rng.random_range(0..DAYS.len())];
        let start = instant(&format!("{day}T00:00:00Z")).micros();
        let us = match rng.random_range(0..20) {
            0 => start,
            1 => start + DAY_US - 1,
            2 => start + rng.random_range(0..24) * 3_600_000_000,
            _ => start + rng.random_range(0..DAY_US),
        };
        instants.extend([us, us + 1, us + 1_000].into_iter().filter(|us| *us <= now).take(rng.random_range(1..4)));
    }
    instants
}

impl Made {
    pub(crate) fn random(rng: &mut Xoshiro256PlusPlus, instants: &[i64], number: usize) -> Self {
        let (action, category) = *pick(rng, ACTIONS);
        let email = rng.random_bool(0.7).then(|| *pick(rng, EMAILS));
        let target = match rng.random_range(0..10) {
            0 | 1 => None,
            2 => Some("t".repeat(rng.random_range(1..1_759))),
            _ => Some((*pick(rng, TARGETS)).to_owned()),
        };
        let (us, actor) = (instants[rng.random_range(0..instants.len())], *pick(rng, ACTORS));
        let failed = rng.random_bool(0.1);
        let ip = rng.random_bool(0.7).then(|| *pick(rng, IPS));
        let request_id = rng.random_bool(0.3).then(|| *pick(rng, REQUESTS));
        Self { us, actor, email, action, category, target, failed, ip, request_id, number, id: String::new() }
    }

    /// The event as the API accepts it, with a key.
    pub(crate) fn json(&self) -> String {
        let target = self.target.as_ref().map_or_else(|| json!({ "type": "none" }), |id| json!({ "id": id }));
        let event: Value = json!({
            "occurred_at": UnixMicros::new(self.us).to_string(),
            "actor": { "id": self.actor, "email": self.email },
            "action": self.action,
            "target": target,
            "result": if self.failed { "failed" } else { "succeeded" },
            "context": { "ip": self.ip.map(|(ip, _)| ip), "request_id": self.request_id },
            "details": { "number": self.number },
            "idempotency_key": format!("key-{}", self.number),
        });
        event.to_string()
    }
}
