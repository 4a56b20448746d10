//! The events of the audit log about itself: who made a session, who read what with it, and when it was revoked.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::event::Event;
use crate::id::EventId;
use crate::id_key::IdKey;
use crate::invalid::InputErrors;
use crate::org::OrgId;
use crate::parameters;
use crate::request;
use crate::session::{RevocableSession, Session, Viewer};
use crate::session_token::SessionId;
use crate::sha256::Sha256;
use crate::time::UnixMicros;

/// What a viewer reads. Two reads with the same filter are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Read {
    /// The events that match these parameters, found or counted.
    #[serde(rename = "filter")]
    Events(BTreeMap<String, Vec<String>>),
    /// One event.
    #[serde(rename = "event_id")]
    Event(EventId),
}

impl Read {
    /// Returns the read of a query string: the parameters that choose events, as they were sent.
    pub fn of_query(query: Option<&str>) -> Self {
        Self::Events(parameters::range_and_filter(query))
    }

    /// Returns what identifies it.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(json!(self).to_string().as_bytes())
    }
}

/// Returns the event that a session was made.
///
/// # Errors
/// The request limits of an event are exceeded.
pub fn session_created(session: &Session, id_key: &IdKey) -> Result<Event, InputErrors> {
    let details = json!({ "session_id": session.session_id, "expires_at": session.expires_at, "only": session.only, "may": session.may });
    let target = json!({ "type": "viewer_session", "id": session.session_id });
    let (of, at) = ((&session.org_id, &session.session_id, id_key), session.created_at);
    event(of, "audit_log.session_created", [actor(&session.viewer), target, details], at, at)
}

/// Returns the event that a session was revoked, the same one for the same `revoked_at`. Its actor is the platform,
/// which does not report on whose behalf it revokes.
///
/// # Errors
/// The request limits of an event are exceeded.
pub fn session_revoked(
    session: &RevocableSession,
    id_key: &IdKey,
    revoked_at: UnixMicros,
    now: UnixMicros,
) -> Result<Event, InputErrors> {
    let details = json!({ "session_id": session.session_id, "viewer": session.viewer });
    let actor = json!({ "type": "system", "id": "platform" });
    let target = json!({ "type": "viewer_session", "id": session.session_id });
    let of = (&session.org_id, &session.session_id, id_key);
    event(of, "audit_log.session_revoked", [actor, target, details], revoked_at, now)
}

/// Returns the event that a session was used for a read, the same one for the same `occurred_at`.
///
/// # Errors
/// The request limits of an event are exceeded.
pub fn searched(
    session: &Session,
    id_key: &IdKey,
    read: &Read,
    occurred_at: UnixMicros,
    now: UnixMicros,
) -> Result<Event, InputErrors> {
    let mut details = json!(read);
    details["session_id"] = json!(session.session_id);
    let of = (&session.org_id, &session.session_id, id_key);
    event(of, "audit_log.searched", [actor(&session.viewer), Value::Null, details], occurred_at, now)
}

fn actor(viewer: &Viewer) -> Value {
    json!({ "type": "user", "id": viewer.id, "name": viewer.name, "email": viewer.email })
}

/// The key is derived from session, action and content: `occurred_at` is a part of the content.
fn event(
    (org_id, session_id, id_key): (&OrgId, &SessionId, &IdKey),
    action: &str,
    [actor, target, details]: [Value; 3],
    occurred_at: UnixMicros,
    now: UnixMicros,
) -> Result<Event, InputErrors> {
    let body = json!({
        "occurred_at": occurred_at,
        "actor": actor,
        "action": action,
        "target": target,
        "result": "succeeded",
        "details": details,
        "idempotency_key": session_id,
    });
    // The instant may be that of another instance, whose clock is ahead.
    let mut events = request::read(body.to_string().as_bytes(), None, now.max(occurred_at))?;
    Ok(events.swap_remove(0).into_event(org_id.clone(), id_key, now, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::NewSession;
    use crate::session_token::SessionToken;

    const NOW: UnixMicros = UnixMicros::new(1_795_000_000_000_000);
    const ID_KEY: IdKey = IdKey::new([7; 32]);

    fn session() -> Session {
        let body = br#"{"viewer":{"id":"usr_17","name":"Ada","email":"ada@x.y"},"only":{"category":["team"]}}"#;
        let org_id = "acme".parse().unwrap();
        NewSession::read(body).unwrap().begin(SessionToken::new([1; 32]).session_id(), org_id, NOW)
    }

    fn revocable() -> RevocableSession {
        let Session { session_id, org_id, viewer, expires_at, revoked_at, .. } = session();
        RevocableSession { session_id, org_id, viewer, expires_at, revoked_at }
    }

    #[test]
    fn a_read_is_one_event_however_often_it_is_stored_and_another_read_is_another() {
        let read = Read::of_query(Some("actor=b&actor=a&limit=7&cursor=x&order=oldest&summary=de"));
        assert_eq!(read, Read::of_query(Some("actor=a&actor=b")));
        let later = UnixMicros::new(NOW.micros() + 60_000_000);
        let searched = |read: &Read, now| searched(&session(), &ID_KEY, read, NOW, now).unwrap();
        let (first, again) = (searched(&read, NOW), searched(&read, later));
        assert_eq!((first.id, first.ingested_at, again.ingested_at), (again.id, NOW, later));
        let details = format!(r#"{{"filter":{{"actor":["a","b"]}},"session_id":"{}"}}"#, session().session_id);
        assert_eq!(first.details.unwrap().as_str(), details);
        assert_eq!(
            (first.category.as_str(), first.actor.id.as_str(), first.org_id.as_str()),
            ("audit_log", "usr_17", "acme")
        );
        for other in [None, Some("actor=a"), Some("target=a&actor=b")].map(Read::of_query) {
            assert_ne!(other.digest(), read.digest());
            assert_ne!(searched(&other, NOW).id, first.id);
        }
        let looked_up = searched(&Read::Event(first.id), NOW);
        let details = format!(r#"{{"event_id":"{}","session_id":"{}"}}"#, first.id, session().session_id);
        assert_eq!(looked_up.details.unwrap().as_str(), details);
    }

    #[test]
    fn a_session_is_an_event_when_it_is_made_and_another_when_it_is_revoked() {
        let made = session_created(&session(), &ID_KEY).unwrap();
        let revoked = session_revoked(&revocable(), &ID_KEY, NOW, NOW).unwrap();
        assert_eq!((made.actor.id.as_str(), revoked.actor.id.as_str()), ("usr_17", "platform"));
        assert!([made, revoked].iter().all(|event| !event.category.is_other()));
    }

    #[test]
    fn the_ids_of_own_events_depend_on_the_key_of_the_org() {
        let ids = |id_key: &IdKey| {
            let read = Read::of_query(None);
            [
                session_created(&session(), id_key).unwrap().id,
                session_revoked(&revocable(), id_key, NOW, NOW).unwrap().id,
                searched(&session(), id_key, &read, NOW, NOW).unwrap().id,
            ]
        };
        let other = ids(&IdKey::new([8; 32]));
        assert_eq!(ids(&ID_KEY), ids(&ID_KEY));
        assert!(ids(&ID_KEY).iter().all(|id| !other.contains(id)));
    }
}
