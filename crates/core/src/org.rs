//! Orgs, the tenants: their ids, and what the platform registers about them.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::action::is_word;
use crate::invalid::InputErrors;
use crate::json::{self, Object, characters};
use crate::limits::{ORG_ID_CHARS, ORG_NAME_CHARS, PLAN_CHARS};
use crate::text_type::text_type;
use crate::time::UnixMicros;

/// The text that Hive, and every engine that follows it, writes in a path for NULL, and reads as NULL.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The id of an org: 1 to 64 of `[A-Za-z0-9_-]`, so that it needs no escape in a key or a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct OrgId(String);

impl OrgId {
    /// What an org id may be, as a text for users.
    pub const ALLOWED: &str = "1 to 64 characters of [A-Za-z0-9_-], and not __HIVE_DEFAULT_PARTITION__";

    /// Returns the id in lower case. It is unique across orgs, so no two ids differ only in case.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

text_type!(OrgId, fits, OrgId::ALLOWED);

fn fits(text: &str) -> bool {
    (1..=ORG_ID_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && !text.eq_ignore_ascii_case(HIVE_NULL)
}

/// The plan that includes audit logs.
const ENTERPRISE: &str = "enterprise";

/// The name and plan of an org.
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
    /// When the platform made the change. If absent, updates apply in the order in which they arrive.
    pub updated_at: Option<UnixMicros>,
}

impl OrgUpdate {
    /// Reads an update from the body of a request.
    ///
    /// # Errors
    /// Every error of the body.
    pub fn read(body: &[u8], now: UnixMicros) -> Result<Self, InputErrors> {
        let mut errors = InputErrors::default();
        let raw = json::document(body, &mut errors);
        let update = raw.and_then(|raw| Self::read_value(raw, now, &mut errors));
        errors.or(update)
    }

    fn read_value(raw: &RawValue, now: UnixMicros, errors: &mut InputErrors) -> Option<Self> {
        let update = Object::read(raw, "", errors)?.only(&["name", "plan", "updated_at"], errors);
        let name =
            update.required("name", errors).and_then(|it| it.checked(|name| characters(name, ORG_NAME_CHARS), errors));
        let plan = update.required("plan", errors).and_then(|it| it.checked(plan, errors));
        // An instant far ahead would refuse every later update.
        let updated_at = update.optional("updated_at").and_then(|it| it.instant(UnixMicros::EARLIEST, now, errors));
        Some(Self { profile: OrgProfile { name: name?, plan: plan? }, updated_at })
    }
}

fn plan(text: &str) -> Result<String, String> {
    let fits = text.len() <= PLAN_CHARS && is_word(text);
    if fits { Ok(text.to_owned()) } else { Err(format!("a word of [a-z][a-z0-9_]*, at most {PLAN_CHARS} characters")) }
}

impl OrgProfile {
    /// Reports whether the plan includes audit logs.
    pub fn has_audit_logs(&self) -> bool {
        self.plan == ENTERPRISE
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::limits::FUTURE;

    const NOW: UnixMicros = UnixMicros::new(1_795_000_000_000_000);

    fn read(body: &str) -> Result<OrgUpdate, InputErrors> {
        OrgUpdate::read(body.as_bytes(), NOW)
    }

    #[test]
    fn an_org_id_needs_no_escape() {
        let longest = "a".repeat(64);
        for good in ["a", "Acme_1-x", "__HIVE_DEFAULT_PARTITION", longest.as_str()] {
            assert!(good.parse::<OrgId>().is_ok());
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
            assert!(bad.parse::<OrgId>().is_err(), "{bad}");
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
    fn every_error_of_a_profile_is_reported() {
        let errors = read(r#"{"name":"","plan":"Big Plan","extra":1,"updated_at":"yesterday"}"#).unwrap_err();
        let pointers: Vec<_> = errors.listed().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/extra", "/name", "/plan", "/updated_at"]);
        assert_eq!(read("{}").unwrap_err().count(), 2);
        assert!(read(r#"{"name":"Acme","plan":"enterprise"}"#).unwrap().profile.has_audit_logs());
        assert!(!read(r#"{"name":"Acme","plan":"team"}"#).unwrap().profile.has_audit_logs());
    }

    #[test]
    fn an_update_may_be_five_minutes_ahead_of_our_clock_and_not_more() {
        let at = |text: &str| read(&format!(r#"{{"name":"A","plan":"team","updated_at":{text}}}"#));
        let ahead = |by: Duration| at(&format!(r#""{}""#, NOW.plus(by)));
        assert_eq!(ahead(FUTURE).unwrap().updated_at, Some(NOW.plus(FUTURE)));
        assert_eq!(ahead(FUTURE + Duration::from_micros(1)).unwrap_err().listed()[0].pointer, "/updated_at");
        assert_eq!(at("null").unwrap().updated_at, None);
        assert_eq!(at("7").unwrap_err().count(), 1);
    }
}
