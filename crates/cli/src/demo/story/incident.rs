//! The incident, twelve days ago.
//!
//! By night somebody guesses Marek's password from an address that nobody else uses, makes an API key, and with it
//! silences the alarms: escalation policies and monitors go, a viewer becomes an admin. In the morning Ada and Marek
//! put it right.

use super::{Named, Scene};
use crate::demo::cast::{ADA, FALSE_MAREK, INTRUDER, INTRUDER_KEY, MAREK};

const WRONG: &str = "wrong password or second factor";
const ACCOUNT: Named = ("user", "usr_08", "marek@acme.example");
const KEY: Named = ("api_key", "key_backup_sync", "backup-sync");
const PRIYA: Named = ("member", "usr_11", "priya@acme.example");
const PAGE: Named = ("status_page", "status_page_main", "status.acme.example");
const POLICIES: [Named; 3] = [
    ("escalation_policy", "escalation_policy_payments", "Payments – nights"),
    ("escalation_policy", "escalation_policy_platform", "Plattform – Nächte"),
    ("escalation_policy", "escalation_policy_security", "Security"),
];
const MONITORS: [Named; 5] = [
    ("monitor", "monitor_payments_api", "Payments API"),
    ("monitor", "monitor_ledger", "Ledger replication"),
    ("monitor", "monitor_login", "Login – Zürich"),
    ("monitor", "monitor_vault", "Tresor"),
    ("monitor", "monitor_audit_export", "Audit export"),
];

/// A time of the day of the incident.
const fn at(hour: i64, minute: i64) -> (i64, i64, i64) {
    (12, hour, minute)
}

pub(super) static SCENES: [Scene; 26] = [
    Scene::new(at(2, 4), &INTRUDER, "session.created", ACCOUNT).fails(WRONG),
    Scene::new(at(2, 5), &INTRUDER, "session.created", ACCOUNT).fails(WRONG),
    Scene::new(at(2, 7), &INTRUDER, "session.created", ACCOUNT).fails(WRONG),
    Scene::new(at(2, 11), &FALSE_MAREK, "session.created", ACCOUNT),
    Scene::new(at(2, 14), &FALSE_MAREK, "api_key.created", KEY).change("scope", "null", "admin"),
    Scene::new(at(2, 21), &INTRUDER_KEY, "escalation_policy.deleted", POLICIES[0]),
    Scene::new(at(2, 22), &INTRUDER_KEY, "escalation_policy.deleted", POLICIES[1]),
    Scene::new(at(2, 23), &INTRUDER_KEY, "escalation_policy.deleted", POLICIES[2]),
    Scene::new(at(2, 29), &FALSE_MAREK, "member.role_changed", PRIYA).change("role", "viewer", "admin"),
    Scene::new(at(2, 40), &INTRUDER_KEY, "monitor.deleted", MONITORS[0]),
    Scene::new(at(2, 41), &INTRUDER_KEY, "monitor.deleted", MONITORS[1]),
    Scene::new(at(2, 42), &INTRUDER_KEY, "monitor.deleted", MONITORS[2]),
    Scene::new(at(2, 43), &INTRUDER_KEY, "monitor.deleted", MONITORS[3]),
    Scene::new(at(2, 44), &INTRUDER_KEY, "monitor.deleted", MONITORS[4]),
    Scene::new(at(2, 52), &INTRUDER_KEY, "status_page.deleted", PAGE)
        .fails("permission denied: only the owner can delete the main page"),
    Scene::new(at(7, 38), MAREK, "session.created", ACCOUNT),
    Scene::new(at(7, 46), ADA, "api_key.revoked", KEY).note("nobody here has made this key"),
    Scene::new(at(7, 48), ADA, "member.role_changed", PRIYA).change("role", "admin", "viewer"),
    Scene::new(at(8, 5), ADA, "escalation_policy.created", POLICIES[0]).note("restored"),
    Scene::new(at(8, 7), ADA, "escalation_policy.created", POLICIES[1]).note("restored"),
    Scene::new(at(8, 9), ADA, "escalation_policy.created", POLICIES[2]).note("restored"),
    Scene::new(at(8, 20), MAREK, "monitor.created", MONITORS[0]).note("restored"),
    Scene::new(at(8, 22), MAREK, "monitor.created", MONITORS[1]).note("restored"),
    Scene::new(at(8, 24), MAREK, "monitor.created", MONITORS[2]).note("restored"),
    Scene::new(at(8, 26), MAREK, "monitor.created", MONITORS[3]).note("restored"),
    Scene::new(at(8, 28), MAREK, "monitor.created", MONITORS[4]).note("restored"),
];
