//! The tenant: its id, and what the platform tells about it.

use std::fmt;

use serde::Serialize;

use crate::fault::{Faults, quoted};
use crate::json;
use crate::limits::{ORG_ID_CHARS, ORG_NAME_CHARS, PLAN_CHARS};

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

impl OrgProfile {
    /// Reads a profile from the body of a request.
    ///
    /// *Errors*: every fault of the body.
    pub fn read(body: &[u8]) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let members = json::document(body, &mut faults).and_then(|raw| json::members(raw, "", &mut faults));
        let (mut name, mut plan) = (None, None);
        let is_object = members.is_some();
        for (_, key, value) in members.into_iter().flatten() {
            match key.as_str() {
                "name" => name = Some(read_name(json::string(value, "/name", &mut faults), &mut faults)),
                "plan" => plan = Some(read_plan(json::string(value, "/plan", &mut faults), &mut faults)),
                _ => faults.add(crate::fault::join("", &key), "an unknown member", "name, plan"),
            }
        }
        for (pointer, missing) in [("/name", name.is_none()), ("/plan", plan.is_none())] {
            if is_object && missing {
                faults.add(pointer, "nothing", "a string");
            }
        }
        let profile = name.flatten().zip(plan.flatten()).map(|(name, plan)| Self { name, plan });
        faults.or(profile)
    }

    /// Whether the plan has audit logs.
    pub fn has_audit_logs(&self) -> bool {
        self.plan == ENTERPRISE
    }
}

fn read_name(name: Option<String>, faults: &mut Faults) -> Option<String> {
    let name = name?;
    if !(1..=ORG_NAME_CHARS).contains(&name.chars().count()) {
        faults.add("/name", format!("{} characters", name.chars().count()), "1 to 256 characters");
    }
    Some(name)
}

fn read_plan(plan: Option<String>, faults: &mut Faults) -> Option<String> {
    let plan = plan?;
    if plan.len() > PLAN_CHARS || !crate::action::is_word(&plan) {
        faults.add("/plan", quoted(&plan), "a word of [a-z][a-z0-9_]*, at most 64 characters");
    }
    Some(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let read = |name: usize, plan: usize| {
            let (name, plan) = ("é".repeat(name), "p".repeat(plan));
            OrgProfile::read(format!(r#"{{"name":"{name}","plan":"{plan}"}}"#).as_bytes()).is_ok()
        };
        assert!(read(1, 1) && read(256, 64));
        assert!(!read(0, 1) && !read(257, 1) && !read(1, 0) && !read(1, 65));
    }

    #[test]
    fn every_fault_of_a_profile_is_told() {
        let faults = OrgProfile::read(br#"{"name":"","plan":"Big Plan","extra":1}"#).unwrap_err();
        let pointers: Vec<_> = faults.listed().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/plan", "/extra"]);
        assert_eq!(OrgProfile::read(b"{}").unwrap_err().count(), 2);
        assert!(OrgProfile::read(br#"{"name":"Acme","plan":"enterprise"}"#).unwrap().has_audit_logs());
        assert!(!OrgProfile::read(br#"{"name":"Acme","plan":"team"}"#).unwrap().has_audit_logs());
    }
}
