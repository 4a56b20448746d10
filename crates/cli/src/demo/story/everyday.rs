//! What happens once in months: every action of the catalog at least once, so that no filter comes up empty.

use super::{Named, Scene};
use crate::demo::cast::{ADA, API_KEYS, MAREK, PEOPLE};

const ORG: Named = ("organization", "org_acme", "Acme Zürich");
const ZOE: Named = ("member", "usr_90", "zoë@acme.example");
const MUSEUM: Named = ("monitor", "monitor_museum", "Musée – billetterie");
const NIGHT: Named = ("escalation_policy", "escalation_policy_night", "Nachtdienst");
const EASTER: Named = ("on_call_schedule", "on_call_schedule_easter", "Ostern 🐣");
const BETA: Named = ("status_page", "status_page_beta", "beta.acme.example");
const OLD_SHOP: Named = ("domain", "domain_old_shop", "alter-laden.example");
const LAB: Named = ("cloud_account", "cloud_account_lab", "aws lab 000000000000");
const PROTOTYPE: Named = ("repository", "repository_prototype", "acme/prototype");
const TRIAL_KEY: Named = ("api_key", "key_trial", "Trial of the API");

pub(super) static SCENES: [Scene; 34] = [
    Scene::new((86, 9, 12), &PEOPLE[1], "organization.name_changed", ORG).change("name", "Acme GmbH", "Acme Zürich"),
    Scene::new((86, 9, 20), &PEOPLE[1], "organization.timezone_changed", ORG).change(
        "timezone",
        "Europe/Berlin",
        "Europe/Zurich",
    ),
    Scene::new((84, 10, 2), &PEOPLE[1], "organization.ownership_transferred", ORG)
        .change("owner", "usr_02", "usr_01")
        .note("Bruno hands over to Ada"),
    Scene::new((80, 14, 30), ADA, "billing.subscription_cancelled", ORG).fails("open invoice: pay invoice 2041 first"),
    Scene::new((79, 9, 41), ADA, "billing.subscription_cancelled", ORG)
        .change("renews", "true", "false")
        .note("moving to the yearly plan"),
    Scene::new((79, 9, 48), ADA, "billing.payment_method_updated", ORG).fails("the card was declined by the bank"),
    Scene::new((79, 9, 55), ADA, "billing.payment_method_updated", ORG).change("kind", "card", "sepa_debit"),
    Scene::new((79, 10, 1), ADA, "billing.plan_changed", ORG).change("plan", "team", "enterprise"),
    Scene::new((70, 8, 50), ADA, "member.invited", ZOE).change("role", "null", "viewer"),
    Scene::new((66, 11, 5), MAREK, "member.role_changed", ZOE).change("role", "viewer", "editor"),
    Scene::new((63, 15, 10), ADA, "api_key.created", TRIAL_KEY).change("scope", "null", "read"),
    Scene::new((61, 9, 9), &PEOPLE[4], "monitor.created", MUSEUM).change("interval_s", "null", "60"),
    // A slip of the hand, beyond what a double holds: the trail must show it to the last digit.
    Scene::new((61, 9, 30), &PEOPLE[4], "monitor.updated", MUSEUM).change("interval_s", "60", "9007199254740993"),
    Scene::new((61, 9, 33), &PEOPLE[4], "monitor.updated", MUSEUM).change("interval_s", "9007199254740993", "30"),
    Scene::new((58, 10, 22), &PEOPLE[6], "escalation_policy.created", NIGHT).change("wait_min", "null", "5"),
    Scene::new((57, 10, 40), &PEOPLE[6], "escalation_policy.updated", NIGHT).change("wait_min", "5", "10"),
    Scene::new((55, 13, 0), &PEOPLE[8], "on_call_schedule.created", EASTER).change("on_call", "null", "Nguyễn Thị Hoa"),
    Scene::new((54, 13, 15), &PEOPLE[8], "on_call_schedule.updated", EASTER).change(
        "on_call",
        "Nguyễn Thị Hoa",
        "Göran Åkesson",
    ),
    Scene::new((52, 11, 11), &PEOPLE[2], "status_page.created", BETA).change("public", "null", "false"),
    Scene::new((51, 11, 30), &PEOPLE[2], "status_page.updated", BETA).change("public", "false", "true"),
    Scene::new((48, 9, 3), &PEOPLE[5], "domain.added", OLD_SHOP).note("kept for the redirect"),
    Scene::new((46, 16, 44), &API_KEYS[0], "cloud_account.connected", LAB).change("access", "null", "read-only"),
    Scene::new((45, 16, 2), &PEOPLE[3], "repository.connected", PROTOTYPE).change("branch", "null", "main"),
    Scene::new((41, 10, 10), &PEOPLE[9], "repository.disconnected", PROTOTYPE)
        .fails("permission denied: viewers cannot change this"),
    Scene::new((41, 10, 31), &PEOPLE[3], "repository.disconnected", PROTOTYPE),
    Scene::new((39, 15, 20), &API_KEYS[0], "cloud_account.disconnected", LAB),
    Scene::new((35, 9, 58), &PEOPLE[5], "domain.removed", OLD_SHOP),
    Scene::new((33, 14, 14), &PEOPLE[2], "status_page.deleted", BETA),
    Scene::new((30, 8, 35), &PEOPLE[8], "on_call_schedule.deleted", EASTER),
    Scene::new((28, 11, 50), &PEOPLE[6], "escalation_policy.deleted", NIGHT).fails("still in use"),
    Scene::new((28, 12, 4), &PEOPLE[6], "escalation_policy.deleted", NIGHT),
    Scene::new((25, 10, 0), &PEOPLE[4], "monitor.deleted", MUSEUM),
    Scene::new((21, 9, 1), ADA, "api_key.revoked", TRIAL_KEY),
    Scene::new((20, 16, 30), ADA, "member.removed", ZOE).note("end of contract"),
];
