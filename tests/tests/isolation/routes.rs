//! The routes, as `openapi.json` lists them: a new route is tested from the day on which it is documented.

use audit_tests::contract::{TILE, operations};
use serde_json::Value;

/// A valid event.
pub(crate) const EVENT: &str =
    r#"{"occurred_at":"2026-11-22T10:15:30Z","actor":{"id":"usr_1"},"action":"a.b","result":"succeeded"}"#;
/// The id of a session that does not exist.
const NO_SESSION: &str = "vs_AAAAAAAAAAAAAAAAAAAAAA";
/// The tile of a log of one event.
const FIRST_TILE: &str = "0/000.p/1";
const SESSION: &str = r#"{"viewer":{"id":"usr_1"}}"#;
const PROFILE: &str = r#"{"name":"Test","plan":"enterprise"}"#;

/// A route: a method of a path.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: String,
    path: &'static str,
    body: &'static str,
}

impl Route {
    /// Its path, for an org and an event's id.
    pub(crate) fn path(&self, org: &str, id: &str) -> String {
        let path = self.path.replace("{org_id}", org).replace("{id}", id).replace("{session_id}", NO_SESSION);
        path.replace(TILE, FIRST_TILE)
    }

    /// Its path, with the parameters that it requires.
    pub(crate) fn target(&self, org: &str, id: &str) -> String {
        let revokes_all = self.method == "DELETE" && self.path.ends_with("/viewer-sessions");
        self.path(org, id) + if revokes_all { "?viewer=usr_1" } else { "" }
    }

    /// Its path, with the names of its parameters.
    pub(crate) fn template(&self) -> &str {
        self.path
    }

    /// A body that it accepts.
    pub(crate) fn body(&self) -> &'static str {
        self.body
    }

    /// Whether the route is open to any caller.
    pub(crate) fn is_health(&self) -> bool {
        self.path == "/healthz"
    }

    /// Whether it takes the token of a viewer session.
    fn is_of_viewers(&self) -> bool {
        self.path.starts_with("/view/v1/")
    }

    /// Whether it needs a registered org: all routes of an org but the one that registers it.
    pub(crate) fn needs_org(&self) -> bool {
        self.path.contains("{org_id}") && self.method != "PUT"
    }

    /// Whether it needs an org on a plan with audit logs: those of the org's events. Sessions can be listed and revoked
    /// on any plan.
    pub(crate) fn needs_plan(&self) -> bool {
        self.path.contains("{org_id}/") && (self.method == "POST" || !self.path.contains("/viewer-sessions"))
    }
}

/// All documented routes of the platform.
pub(crate) fn documented() -> Vec<Route> {
    all().filter(|route| !route.path.starts_with("/view/")).collect()
}

/// All documented routes of viewers.
pub(crate) fn of_viewers() -> Vec<Route> {
    all().filter(Route::is_of_viewers).collect()
}

fn all() -> impl Iterator<Item = Route> {
    operations().map(|(method, path, operation)| Route { method, path, body: body(operation) })
}

fn body(operation: &Value) -> &'static str {
    match operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() {
        None => "",
        Some("#/components/schemas/NewEvents") => EVENT,
        Some("#/components/schemas/OrgUpdate") => PROFILE,
        Some("#/components/schemas/NewSession") => SESSION,
        Some(other) => panic!("these tests have no body of {other}"),
    }
}
