//! The items of the sessions table: how they are written and read.

use audit_core::session::{May, RevocableSession};
use audit_core::{OrgId, Session, SessionToken, Sha256, UnixMicros, Viewer};

use crate::error::Result;
use crate::items::{Item, Reader, Writer};
use crate::keys;

const TABLE: &str = "sessions";
/// The attribute that counts the reads for which a session has marks.
pub(crate) const READS: &str = "reads";

/// Builds the key of a session.
pub(crate) fn key(partition: String, sk: impl Into<String>) -> Writer {
    Writer::default().text(keys::PK, partition).text(keys::SK, sk)
}

/// Builds the item that a token leads to.
pub(crate) fn write(session: &Session, token: &SessionToken) -> Writer {
    let item = key(keys::session(&session.session_id), keys::SESSION).text("sha256", token.sha256().to_string());
    attributes(item, session).number(READS, 0)
}

/// Builds the item that the list of the org's sessions has.
pub(crate) fn write_listed(session: &Session) -> Writer {
    attributes(key(keys::sessions_of(&session.org_id), session.session_id.as_str()), session)
}

/// Builds the mark that a session was used for a read.
pub(crate) fn write_mark(session: &Session, read: Sha256, at: UnixMicros) -> Writer {
    let item = key(keys::session(&session.session_id), keys::read_mark(read)).text("occurred_at", at.to_string());
    item.number(keys::EXPIRES_AT_S, deleted_from_s(session))
}

fn attributes(item: Writer, session: &Session) -> Writer {
    item.text("org_id", session.org_id.as_str())
        .text("session_id", session.session_id.as_str())
        .text("viewer_id", &session.viewer.id)
        .text_if("viewer_name", session.viewer.name.as_ref())
        .text_if("viewer_email", session.viewer.email.as_ref())
        .text("created_at", session.created_at.to_string())
        .text("expires_at", session.expires_at.to_string())
        .text("only", session.only.to_json())
        .texts("may", session.may.iter().map(May::to_string))
        .number(keys::EXPIRES_AT_S, deleted_from_s(session))
}

/// The second from which on DynamoDB may delete the items of a session. Until it does, `expires_at` decides.
fn deleted_from_s(session: &Session) -> u64 {
    u64::try_from(session.expires_at.micros() / 1_000_000 + 1).unwrap_or(0)
}

/// Reads the item that a token leads to; `None` if it is that of another token.
pub(crate) fn read(item: &Item, token: &SessionToken) -> Result<Option<Session>> {
    let stored = Reader { table: TABLE, item }.parsed("sha256", |text| text.parse::<Sha256>().ok())?;
    if stored == token.sha256() { read_listed(item).map(Some) } else { Ok(None) }
}

/// Reads the attributes that both items of a session have.
pub(crate) fn read_listed(item: &Item) -> Result<Session> {
    let reader = Reader { table: TABLE, item };
    let RevocableSession { session_id, org_id, viewer, expires_at, revoked_at } = read_revocable(item)?;
    Ok(Session {
        session_id,
        org_id,
        viewer,
        created_at: reader.instant("created_at")?,
        expires_at,
        only: reader.parsed("only", audit_core::Only::from_stored)?,
        may: reader.texts("may")?.into_iter().map(May::from_stored).collect(),
        revoked_at,
    })
}

/// Reads the attributes that a revocation needs, and no others.
pub(crate) fn read_revocable(item: &Item) -> Result<RevocableSession> {
    let reader = Reader { table: TABLE, item };
    Ok(RevocableSession {
        session_id: reader.parsed("session_id", |text| text.parse().ok())?,
        org_id: reader.parsed("org_id", |text| text.parse::<OrgId>().ok())?,
        viewer: Viewer {
            id: reader.text("viewer_id")?,
            name: reader.text_if("viewer_name")?,
            email: reader.text_if("viewer_email")?,
        },
        expires_at: reader.instant("expires_at")?,
        revoked_at: reader.parsed_if("revoked_at", keys::read_instant)?,
    })
}

/// Reads when a session was first used for a read.
pub(crate) fn read_mark(item: &Item) -> Result<UnixMicros> {
    Reader { table: TABLE, item }.instant("occurred_at")
}

#[cfg(test)]
mod tests {
    use audit_core::NewSession;

    use super::*;

    #[test]
    fn the_items_of_a_session_never_change_and_are_read_back() {
        let token = SessionToken::new([0; 32]);
        let body =
            br#"{"viewer":{"id":"usr_1","name":"Ada","email":"a@x.y"},"expires_in":60,"only":{"category":["team"]}}"#;
        let now = UnixMicros::new(1_795_000_000_000_001);
        let session = NewSession::read(body).unwrap().begin(token.session_id(), "acme".parse::<OrgId>().unwrap(), now);
        let item = write(&session, &token).item();
        let mut attributes: Vec<_> =
            item.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_s().ok()?))).collect();
        attributes.sort();
        let id = session.session_id.to_string();
        let expected = [
            "created_at=2026-11-18T11:06:40.000001Z".to_owned(),
            "expires_at=2026-11-18T11:07:40.000001Z".to_owned(),
            r#"only={"category":["team"]}"#.to_owned(),
            "org_id=acme".to_owned(),
            format!("pk={id}"),
            format!("session_id={id}"),
            format!("sha256={}", token.sha256()),
            "sk=session".to_owned(),
            "viewer_email=a@x.y".to_owned(),
            "viewer_id=usr_1".to_owned(),
            "viewer_name=Ada".to_owned(),
        ];
        assert_eq!(attributes, expected);
        assert_eq!(item[keys::EXPIRES_AT_S].as_n().unwrap(), "1795000061");
        assert_eq!(item[READS].as_n().unwrap(), "0");
        assert!(
            item.values()
                .all(|value| value.as_s().is_ok_and(|text| !text.contains(token.reveal())) || value.as_s().is_err())
        );
        assert_eq!(read(&item, &token).unwrap(), Some(session.clone()));
        assert_eq!(read(&item, &SessionToken::new([1; 32])).unwrap(), None);
        assert_eq!(read_listed(&write_listed(&session).item()).unwrap(), session);
        let mut unknown = item.clone();
        unknown.insert("only".to_owned(), crate::items::text(r#"{"ip":["::1"]}"#));
        assert!(read(&unknown, &token).unwrap_err().to_string().contains("only"));
        let revocable = read_revocable(&unknown).unwrap();
        assert_eq!((revocable.session_id, revocable.viewer), (session.session_id, session.viewer));
    }
}
