//! The tenant: its id, and what the platform tells about it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::invalid::{InputErrors, quoted};
use crate::json;
use crate::limits::{FUTURE_US, ORG_ID_CHARS, ORG_NAME_CHARS, PLAN_CHARS};
use crate::time::UnixMicros;

/// What Hive, and every engine that follows it, writes in a path in the place of NULL, and reads as NULL.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The id of an org: 1 to 64 of `[A-Za-z0-9_-]`, so that it needs no escape in a key or a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OrgId(String);

impl OrgId {
    /// What [`OrgId::parse`] takes, for people.
    pub const ALLOWED: &str = "1 to 64 characters of [A-Za-z0-9_-], and not __HIVE_DEFAULT_PARTITION__";

    /// Parses an org id.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=ORG_ID_CHARS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            && !text.eq_ignore_ascii_case(HIVE_NULL);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text that ids share which differ only by case; no two orgs may have the same.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// A text that is not an [`OrgId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid org id; expected {}", OrgId::ALLOWED)]
pub struct InvalidOrgId;

impl FromStr for OrgId {
    type Err = InvalidOrgId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or(InvalidOrgId)
    }
}

impl fmt::Display for OrgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The plan that audit logs are a feature of.
const ENTERPRISE: &str = "enterprise";

/// What the platform tells about an org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrgProfile {
    /// Its name.
    pub name: String,
    /// Its plan.
    pub plan: String,
}

/// An update of an org, as the platform sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgUpdate {
    /// The new name and plan.
    pub profile: OrgProfile,
    /// When the platform made the change. Without it, updates count in the order in which they arrive.
    pub updated_at: Option<UnixMicros>,
}

impl OrgUpdate {
    /// Reads an update from the body of a request.
    ///
    /// # Errors
    ///
    /// Every error of the body.
    pub fn read(body: &[u8], now: UnixMicros) -> Result<Self, InputErrors> {
        let mut errors = InputErrors::default();
        let members = json::document(body, &mut errors).and_then(|raw| json::members(raw, "", &mut errors));
        let (mut name, mut plan, mut updated_at) = (None, None, None);
        let is_object = members.is_some();
        for (_, key, value) in members.into_iter().flatten() {
            match key.as_str() {
                "name" => name = Some(read_name(json::string(value, "/name", &mut errors), &mut errors)),
                "plan" => plan = Some(read_plan(json::string(value, "/plan", &mut errors), &mut errors)),
                "updated_at" if value.get() == "null" => {}
                "updated_at" => {
                    updated_at = read_updated_at(json::string(value, "/updated_at", &mut errors), now, &mut errors)
                }
                _ => errors.add(crate::invalid::join("", &key), "an unknown member", "name, plan, updated_at"),
            }
        }
        for (pointer, missing) in [("/name", name.is_none()), ("/plan", plan.is_none())] {
            if is_object && missing {
                errors.add(pointer, "nothing", "a string");
            }
        }
        let profile = name.flatten().zip(plan.flatten()).map(|(name, plan)| OrgProfile { name, plan });
        errors.or(profile.map(|profile| Self { profile, updated_at }))
    }
}

impl OrgProfile {
    /// Whether the plan has audit logs.
    pub fn has_audit_logs(&self) -> bool {
        self.plan == ENTERPRISE
    }
}

fn read_name(name: Option<String>, errors: &mut InputErrors) -> Option<String> {
    let name = name?;
    if !(1..=ORG_NAME_CHARS).contains(&name.chars().count()) {
        errors.add("/name", format!("{} characters", name.chars().count()), "1 to 256 characters");
    }
    Some(name)
}

fn read_plan(plan: Option<String>, errors: &mut InputErrors) -> Option<String> {
    let plan = plan?;
    if plan.len() > PLAN_CHARS || !crate::action::is_word(&plan) {
        errors.add("/plan", quoted(&plan), "a word of [a-z][a-z0-9_]*, at most 64 characters");
    }
    Some(plan)
}

/// An instant far ahead would refuse every later update.
fn read_updated_at(text: Option<String>, now: UnixMicros, errors: &mut InputErrors) -> Option<UnixMicros> {
    let text = text?;
    let latest = UnixMicros(now.0 + FUTURE_US);
    let allowed = match UnixMicros::parse(&text) {
        Ok(at) if at <= latest => return Some(at),
        Ok(_) => format!("at most 5 minutes ahead of our clock, {latest}"),
        Err(_) => "RFC 3339 with an offset, such as 2026-11-22T10:15:30.123456Z".to_owned(),
    };
    errors.add("/updated_at", quoted(&text), allowed);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMicros = UnixMicros(1_795_000_000_000_000);

    fn read(body: &str) -> Result<OrgUpdate, InputErrors> {
        OrgUpdate::read(body.as_bytes(), NOW)
    }

    #[test]
    fn an_org_id_needs_no_escape() {
        let longest = "a".repeat(64);
        for good in ["a", "Acme_1-x", "__HIVE_DEFAULT_PARTITION", longest.as_str()] {
            assert!(OrgId::parse(good).is_some());
        }
        for bad in [
            "",
            "a#1",
            "a/b",
            "..",
            "a b",
            "é",
            &"a".repeat(65),
            "__HIVE_DEFAULT_PARTITION__",
            "__hive_default_partition__",
        ] {
            assert!(OrgId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_name_has_1_to_256_characters_and_a_plan_1_to_64() {
        let is_read = |name: usize, plan: usize| {
            let (name, plan) = ("é".repeat(name), "p".repeat(plan));
            read(&format!(r#"{{"name":"{name}","plan":"{plan}"}}"#)).is_ok()
        };
        assert!(is_read(1, 1) && is_read(256, 64));
        assert!(!is_read(0, 1) && !is_read(257, 1) && !is_read(1, 0) && !is_read(1, 65));
    }

    #[test]
    fn every_fault_of_a_profile_is_told() {
        let errors = read(r#"{"name":"","plan":"Big Plan","extra":1,"updated_at":"yesterday"}"#).unwrap_err();
        let pointers: Vec<_> = errors.listed().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/plan", "/extra", "/updated_at"]);
        assert_eq!(read("{}").unwrap_err().count(), 2);
        assert!(read(r#"{"name":"Acme","plan":"enterprise"}"#).unwrap().profile.has_audit_logs());
        assert!(!read(r#"{"name":"Acme","plan":"team"}"#).unwrap().profile.has_audit_logs());
    }

    #[test]
    fn an_update_may_be_five_minutes_ahead_of_our_clock_and_not_more() {
        let at = |text: &str| read(&format!(r#"{{"name":"A","plan":"team","updated_at":{text}}}"#));
        let ahead = |us: i64| at(&format!(r#""{}""#, UnixMicros(NOW.0 + us)));
        assert_eq!(ahead(FUTURE_US).unwrap().updated_at, Some(UnixMicros(NOW.0 + FUTURE_US)));
        assert_eq!(ahead(FUTURE_US + 1).unwrap_err().listed()[0].pointer, "/updated_at");
        assert_eq!(at("null").unwrap().updated_at, None);
        assert_eq!(at("7").unwrap_err().count(), 1);
    }
}
