//! Viewer sessions: for which person they are made, what that person can read at most, and for how long.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::catalog::{self, Category};
use crate::filter::{ActionTerm, ActorTerm, Filter};
use crate::invalid::{InputErrors, quoted};
use crate::json::{self, Object, Value};
use crate::limits::{FILTER_VALUES, SESSION_DEFAULT, SESSION_LONGEST, SESSION_SHORTEST, TEXT_BYTES};
use crate::narrowing::Narrowing;
use crate::org::OrgId;
use crate::parameters::Parameters;
use crate::session_token::SessionId;
use crate::text_type::text_enum;
use crate::time::UnixMicros;

/// The person for whom a session is made, as the platform knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Viewer {
    /// The id on the platform.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

text_enum! {
    /// What a session can be used for.
    May {
        /// Search events, and look up single ones.
        SEARCH = "search",
        /// Count events.
        STATS = "stats",
    }
}

/// Which events a session can read at most. An absent member does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Only {
    /// One of these actors, by id or e-mail address.
    #[serde(rename = "actor", skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<String>,
    /// One of these actions, each as in a search.
    #[serde(rename = "action", skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// One of these categories.
    #[serde(rename = "category", skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Category>,
    /// One of these target ids.
    #[serde(rename = "target", skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// From this instant on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<UnixMicros>,
}

impl Only {
    /// The members of `only`.
    pub const MEMBERS: &[&str] = &["actor", "action", "category", "target", "from"];

    /// Reads a stored restriction; `None` for one that this version does not understand, which must not widen a
    /// session.
    pub fn from_stored(text: &str) -> Option<Self> {
        let mut errors = InputErrors::default();
        let raw = json::document(text.as_bytes(), &mut errors)?;
        let only = Self::read(raw, "", &mut errors);
        errors.or(only).ok()
    }

    /// Returns the text that is stored and shown.
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Returns the restriction of every query of the session.
    pub fn narrowing(&self) -> Narrowing {
        let filter = Filter {
            actors: self.actors.iter().map(|actor| ActorTerm::new(actor)).collect(),
            // Each was read as an action before.
            actions: self.actions.iter().filter_map(|action| action.parse().ok()).collect(),
            categories: self.categories.clone(),
            targets: self.targets.clone(),
            ..Filter::default()
        };
        Narrowing { filter, from: self.from }
    }

    fn read(raw: &RawValue, pointer: &str, errors: &mut InputErrors) -> Option<Self> {
        let only = Object::read(raw, pointer, errors)?.only(Self::MEMBERS, errors);
        let categories = catalog::names().join(", ");
        Some(Self {
            actors: list(&only, "actor", text, errors),
            actions: list(&only, "action", action, errors),
            categories: list(&only, "category", |text| text.parse().map_err(|_| categories.clone()), errors),
            targets: list(&only, "target", text, errors),
            from: only.optional("from").and_then(|it| it.parsed("RFC 3339 with an offset", errors)),
        })
    }
}

/// A session to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// For whom.
    pub viewer: Viewer,
    /// For how long.
    pub expires_in: Duration,
    /// Which events it can read at most.
    pub only: Only,
    /// What it can be used for.
    pub may: Vec<May>,
}

impl NewSession {
    /// The members of the request.
    pub const MEMBERS: &[&str] = &["viewer", "expires_in", "only", "may"];
    /// The members of `viewer`.
    pub const VIEWER_MEMBERS: &[&str] = &["id", "name", "email"];

    /// Reads a session from the body of a request.
    ///
    /// # Errors
    /// Every error of the body. An empty list is one: it could mean that nothing is allowed, or everything.
    pub fn read(body: &[u8]) -> Result<Self, InputErrors> {
        let mut errors = InputErrors::default();
        let raw = json::document(body, &mut errors);
        let session = raw.and_then(|raw| Self::read_value(raw, &mut errors));
        errors.or(session)
    }

    fn read_value(raw: &RawValue, errors: &mut InputErrors) -> Option<Self> {
        let session = Object::read(raw, "", errors)?.only(Self::MEMBERS, errors);
        let viewer = session.required("viewer", errors).and_then(|it| read_viewer(&it, errors));
        let expires_in = match session.optional("expires_in") {
            Some(it) => seconds(&it, errors),
            None => Some(SESSION_DEFAULT),
        };
        let only = match session.optional("only") {
            Some(it) => Only::read(it.raw, &it.pointer, errors),
            None => Some(Only::default()),
        };
        let kinds = May::TEXTS.join(", ");
        let mut may = list(&session, "may", |text| text.parse().map_err(|_| kinds.clone()), errors);
        if may.is_empty() {
            may = vec![May::SEARCH, May::STATS];
        }
        may.sort();
        may.dedup();
        Some(Self { viewer: viewer?, expires_in: expires_in?, only: only?, may })
    }

    /// Returns the session of an org that begins at `now`.
    pub fn begin(self, session_id: SessionId, org_id: OrgId, now: UnixMicros) -> Session {
        let Self { viewer, expires_in, only, may } = self;
        let expires_at = now.plus(expires_in);
        Session { session_id, org_id, viewer, only, may, created_at: now, expires_at, revoked_at: None }
    }
}

/// A session as it is stored; serializes to the JSON that the list of sessions has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Its id.
    pub session_id: SessionId,
    /// The org whose events it reads.
    #[serde(skip)]
    pub org_id: OrgId,
    /// For whom it was made.
    pub viewer: Viewer,
    /// When it was made.
    pub created_at: UnixMicros,
    /// When it ends at the latest.
    pub expires_at: UnixMicros,
    /// Which events it can read at most.
    pub only: Only,
    /// What it can be used for.
    pub may: Vec<May>,
    /// When it was revoked.
    #[serde(skip)]
    pub revoked_at: Option<UnixMicros>,
}

impl Session {
    /// Reports whether its token is accepted at `now`.
    pub fn is_open(&self, now: UnixMicros) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// What the revocation of a session needs of it. Readable although another attribute of the session is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocableSession {
    /// Its id.
    pub session_id: SessionId,
    /// The org whose events it reads.
    pub org_id: OrgId,
    /// For whom it was made.
    pub viewer: Viewer,
    /// When it ends at the latest.
    pub expires_at: UnixMicros,
    /// When it was revoked.
    pub revoked_at: Option<UnixMicros>,
}

/// Reads the parameter `viewer`, the only one of a request that revokes sessions.
///
/// # Errors
/// Every error of the query; also an absent viewer, since that could mean all of them.
pub fn read_viewer_parameter(query: Option<&str>) -> Result<String, InputErrors> {
    let mut parameters = Parameters::decode(query);
    let allowed = format!("the id of a viewer, 1 to {TEXT_BYTES} bytes of UTF-8");
    let viewer = parameters.one("viewer", |id| text(id).ok(), &allowed);
    let mut errors = parameters.refuse_unknown(&["viewer"]);
    if viewer.is_none() && errors.is_empty() {
        errors.add("?viewer", "nothing", allowed);
    }
    errors.or(viewer)
}

fn read_viewer(value: &Value<'_>, errors: &mut InputErrors) -> Option<Viewer> {
    let viewer = Object::read(value.raw, &value.pointer, errors)?.only(NewSession::VIEWER_MEMBERS, errors);
    let id = viewer.required("id", errors).and_then(|it| it.checked(text, errors));
    let (name, email) = (viewer.text("name", errors), viewer.text("email", errors));
    Some(Viewer { id: id?, name, email })
}

/// Reads a list of 1 to [`FILTER_VALUES`] values; an absent one is empty.
fn list<T>(
    object: &Object<'_>,
    name: &str,
    check: impl Fn(&str) -> Result<T, String>,
    errors: &mut InputErrors,
) -> Vec<T> {
    let Some(found) = object.optional(name) else { return Vec::new() };
    let Some(elements) = json::elements(found.raw, &found.pointer, errors) else { return Vec::new() };
    if !(1..=FILTER_VALUES).contains(&elements.len()) {
        let allowed = format!("1 to {FILTER_VALUES} values; leave it out to restrict nothing");
        errors.add(&found.pointer, format!("{} values", elements.len()), allowed);
        return Vec::new();
    }
    let values = elements.into_iter().enumerate().filter_map(|(index, raw)| {
        Value { raw, pointer: format!("{}/{index}", found.pointer) }.checked(&check, errors)
    });
    values.collect()
}

fn seconds(value: &Value<'_>, errors: &mut InputErrors) -> Option<Duration> {
    let (shortest, longest) = (SESSION_SHORTEST.as_secs(), SESSION_LONGEST.as_secs());
    let found = value.raw.get();
    let seconds = found.parse().ok().filter(|seconds| (shortest..=longest).contains(seconds));
    if seconds.is_none() {
        errors.add(&value.pointer, quoted(found), format!("{shortest} to {longest}, in seconds"));
    }
    seconds.map(Duration::from_secs)
}

fn text(text: &str) -> Result<String, String> {
    let fits = (1..=TEXT_BYTES).contains(&text.len());
    if fits { Ok(text.to_owned()) } else { Err(format!("1 to {TEXT_BYTES} bytes of UTF-8")) }
}

fn action(text: &str) -> Result<String, String> {
    let parsed = text.parse::<ActionTerm>();
    parsed.map(|term| term.to_string()).map_err(|_| "an action, or billing.* for all below".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMicros = UnixMicros::new(1_795_000_000_000_000);

    fn errors(body: &str) -> Vec<String> {
        let errors = NewSession::read(body.as_bytes()).unwrap_err();
        errors.listed().iter().map(|error| error.pointer.clone()).collect()
    }

    #[test]
    fn a_viewer_alone_gets_15_minutes_of_everything() {
        let session = NewSession::read(br#"{"viewer":{"id":"usr_17"}}"#).unwrap();
        assert_eq!(session.expires_in, Duration::from_secs(900));
        assert_eq!((&session.only, session.may.as_slice()), (&Only::default(), [May::SEARCH, May::STATS].as_slice()));
        assert_eq!(session.only.narrowing(), Narrowing::default());
        assert_eq!(
            NewSession::read(br#"{"viewer":{"id":"u"},"only":null,"may":null,"expires_in":null}"#).unwrap().may.len(),
            2
        );
    }

    #[test]
    fn every_error_of_a_session_is_reported() {
        let body = r#"{"viewer":{"id":"","mail":"x"},"expires_in":59,"only":{"actor":[],"action":["Billing",7],"category":["x"],
            "target":"t","from":"today","to":"x"},"may":["write"],"org":1}"#;
        let expected = [
            "/org",
            "/viewer/mail",
            "/viewer/id",
            "/expires_in",
            "/only/to",
            "/only/actor",
            "/only/action/0",
            "/only/action/1",
            "/only/category/0",
            "/only/target",
            "/only/from",
            "/may/0",
        ];
        assert_eq!(errors(body), expected);
        assert_eq!(errors("{}"), ["/viewer"]);
        for expires_in in ["59", "43201", "900.5", "-1", "\"900\"", "1e3", "true"] {
            assert_eq!(errors(&format!(r#"{{"viewer":{{"id":"u"}},"expires_in":{expires_in}}}"#)), ["/expires_in"]);
        }
        for expires_in in [60, 43_200] {
            let body = format!(r#"{{"viewer":{{"id":"u"}},"expires_in":{expires_in}}}"#);
            assert_eq!(NewSession::read(body.as_bytes()).unwrap().expires_in.as_secs(), expires_in);
        }
    }

    #[test]
    fn a_restriction_is_stored_as_it_is_shown_and_read_back() {
        let body = br#"{"viewer":{"id":"u"},"only":{"actor":["Ada@x.y"],"action":["billing.*"],"category":["team"],
            "target":["t"],"from":"2026-11-01T00:00:00+01:00"},"may":["stats"]}"#;
        let session = NewSession::read(body).unwrap();
        let stored = session.only.to_json();
        assert_eq!(
            stored,
            r#"{"action":["billing.*"],"actor":["Ada@x.y"],"category":["team"],"from":"2026-10-31T23:00:00.000000Z","target":["t"]}"#
        );
        assert_eq!(Only::from_stored(&stored), Some(session.only.clone()));
        assert_eq!(session.may, [May::STATS]);
        let narrowing = session.only.narrowing();
        assert_eq!((narrowing.filter.actors.len(), narrowing.filter.actions.len()), (1, 1));
        assert_eq!((narrowing.filter.targets.len(), narrowing.filter.categories.len()), (1, 1));
        for unknown in [r#"{"ip":["::1"]}"#, r#"{"actor":[]}"#, "[]", "", r#"{"category":["none"]}"#] {
            assert_eq!(Only::from_stored(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_session_is_open_until_it_expires_or_is_revoked() {
        let token = crate::SessionToken::new([1; 32]);
        let new = NewSession::read(br#"{"viewer":{"id":"u"},"expires_in":60}"#).unwrap();
        let session = new.begin(token.session_id(), "acme".parse().unwrap(), NOW);
        assert!(session.is_open(NOW) && session.is_open(NOW.plus(Duration::from_micros(59_999_999))));
        assert!(!session.is_open(NOW.plus(Duration::from_secs(60))));
        assert!(!Session { revoked_at: Some(NOW), ..session }.is_open(NOW));
    }

    #[test]
    fn sessions_are_revoked_for_one_named_viewer() {
        assert_eq!(read_viewer_parameter(Some("viewer=usr%2017")).unwrap(), "usr 17");
        assert_eq!(read_viewer_parameter(Some("viewer=a%2Bb@x.y")).unwrap(), "a+b@x.y");
        for query in ["", "viewer=", "viewer=a&viewer=b", "viewer=a&x=1", "viewr=a", "viewer=a+b"] {
            assert_eq!(read_viewer_parameter(Some(query)).unwrap_err().count(), 1, "{query}");
        }
        assert_eq!(read_viewer_parameter(None).unwrap_err().count(), 1);
    }
}
