//! The sessions table: viewer sessions by their token, by their org, and what each was used for.
//!
//! A session is two items, which change together in transactions: one that its token leads to, and one in the list of
//! its org. Neither contains the token. A revoked session keeps its items until they expire, so that a repeated
//! revocation finds what it has to record.

use audit_core::error::chain;
use audit_core::limits::{SESSION_READS, SESSIONS_LISTED};
use audit_core::session::RevocableSession;
use audit_core::{OrgId, Session, SessionId, SessionToken, Sha256, UnixMicros};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};

use crate::conditional::{self, Written};
use crate::error::{Result, TablesError, unbuilt};
use crate::items::{Item, Table, Writer, find, item_bytes, number, text};
use crate::keys;
use crate::send::Request as _;
use crate::session_items::{READS, key, read, read_listed, read_mark, read_revocable, write, write_listed, write_mark};

/// How often a revocation is tried while another one of the same session is under way.
const ATTEMPTS: u32 = 3;
/// Bytes of the items of one list.
const LIST_BYTES: usize = 2 * 1024 * 1024;

/// Open sessions of an org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSessions {
    /// The sessions, in no particular order.
    pub sessions: Vec<Session>,
    /// Whether there are no others, and each could be read.
    pub complete: bool,
}

/// The sessions of one viewer.
#[derive(Debug)]
pub struct SessionsOfViewer {
    /// Their ids.
    pub ids: Vec<SessionId>,
    /// Why a session of the org cannot be read, which may be one of this viewer.
    pub unreadable: Option<TablesError>,
}

/// The viewer sessions of all orgs.
#[derive(Debug, Clone)]
pub struct SessionsTable(pub(crate) Table);

impl SessionsTable {
    /// Stores a session.
    ///
    /// # Errors
    /// It may be stored or not. Its token was not returned, so it cannot be used.
    pub async fn create(&self, session: &Session, token: &SessionToken) -> Result<()> {
        let mut transaction = self.0.client.transact_write_items();
        for item in [write(session, token), write_listed(session)] {
            let put = Put::builder().table_name(&self.0.name).set_item(Some(item.item()));
            let put = put.build().map_err(unbuilt("TransactWriteItems"))?;
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        conditional::write(|| transaction.clone().sent(), conditional::of_transaction).await.map(drop)
    }

    /// Reads the session of a token, strongly consistent, in one request; also one that expired or was revoked.
    pub async fn get(&self, token: &SessionToken) -> Result<Option<Session>> {
        let item = self.0.get(key(keys::session(&token.session_id()), keys::SESSION)).await?;
        Ok(item.map(|item| read(&item, token)).transpose()?.flatten())
    }

    /// Lists sessions of an org that are open at `now`, strongly consistent. A session that cannot be read is logged and
    /// left out.
    pub async fn list(&self, org_id: &OrgId, now: UnixMicros) -> Result<ListedSessions> {
        let (mut sessions, mut bytes, mut has_unreadable) = (Vec::new(), 0, false);
        let full = self.each(org_id, |item| {
            let session = match read_listed(item) {
                Ok(session) => session,
                Err(error) => {
                    log_unreadable(org_id, &error);
                    has_unreadable = true;
                    return None;
                }
            };
            if !session.is_open(now) {
                return None;
            }
            let is_full = sessions.len() == SESSIONS_LISTED || bytes > LIST_BYTES;
            if !is_full {
                bytes += item_bytes(item);
                sessions.push(session);
            }
            is_full.then_some(())
        });
        let is_whole = full.await?.is_none();
        Ok(ListedSessions { sessions, complete: is_whole && !has_unreadable })
    }

    /// Returns the ids of all sessions of an org for one viewer that are not expired at `now`, strongly consistent;
    /// also of revoked ones.
    pub async fn of_viewer(&self, org_id: &OrgId, viewer: &str, now: UnixMicros) -> Result<SessionsOfViewer> {
        let mut found = SessionsOfViewer { ids: Vec::new(), unreadable: None };
        let all = self.each(org_id, |item| {
            match read_revocable(item) {
                Ok(session) if session.viewer.id == viewer && now < session.expires_at => {
                    found.ids.push(session.session_id);
                }
                Ok(_) => {}
                Err(error) => {
                    log_unreadable(org_id, &error);
                    found.unreadable.get_or_insert(error);
                }
            }
            None::<()>
        });
        all.await?;
        Ok(found)
    }

    /// Passes each item in the list of an org to `take`, until it returns a value.
    async fn each<T>(&self, org_id: &OrgId, mut take: impl FnMut(&Item) -> Option<T>) -> Result<Option<T>> {
        let query = self.0.query((keys::PK, keys::sessions_of(org_id)), keys::all_sessions());
        find(query, |page| page.items().iter().find_map(&mut take)).await
    }

    /// Revokes a session of an org. Returns it, with the instant from which on it is revoked; `None` if the org has no
    /// unexpired session of this id.
    ///
    /// # Guarantees
    /// When it returns, no request accepts its token. A repeat returns the same instant.
    pub async fn revoke(
        &self,
        org_id: &OrgId,
        session_id: &SessionId,
        now: UnixMicros,
    ) -> Result<Option<RevocableSession>> {
        for _ in 0..ATTEMPTS {
            let item = self.0.get(key(keys::sessions_of(org_id), session_id.as_str())).await?;
            let stored = item.map(|item| read_revocable(&item)).transpose()?;
            let Some(session) = stored.filter(|session| now < session.expires_at) else { return Ok(None) };
            if session.revoked_at.is_some() {
                return Ok(Some(session));
            }
            if self.mark_revoked(&session, now).await? == Written::Applied {
                return Ok(Some(RevocableSession { revoked_at: Some(now), ..session }));
            }
        }
        Err(TablesError::KeepsChanging { item: "session" })
    }

    async fn mark_revoked(&self, session: &RevocableSession, now: UnixMicros) -> Result<Written> {
        let mut transaction = self.0.client.transact_write_items();
        let items: [Writer; 2] = [
            key(keys::session(&session.session_id), keys::SESSION),
            key(keys::sessions_of(&session.org_id), session.session_id.as_str()),
        ];
        for item in items {
            let update = Update::builder()
                .table_name(&self.0.name)
                .set_key(Some(item.item()))
                .update_expression("SET revoked_at = :now")
                .condition_expression("attribute_exists(pk) AND attribute_not_exists(revoked_at)")
                .expression_attribute_values(":now", text(now.to_string()));
            let update = update.build().map_err(unbuilt("TransactWriteItems"))?;
            transaction = transaction.transact_items(TransactWriteItem::builder().update(update).build());
        }
        conditional::write(|| transaction.clone().sent(), conditional::of_transaction).await
    }

    /// Marks that a session is used for a read, and counts it, in one transaction. Returns when it was used for it first:
    /// `now`, or an earlier instant. Returns `None` if the session is not marked, since it was used for
    /// [`SESSION_READS`] others.
    pub async fn mark_read(&self, session: &Session, read: Sha256, now: UnixMicros) -> Result<Option<UnixMicros>> {
        let mark = key(keys::session(&session.session_id), keys::read_mark(read));
        let put = Put::builder().table_name(&self.0.name).set_item(Some(write_mark(session, read, now).item()));
        let put = put.condition_expression("attribute_not_exists(pk)");
        let count = Update::builder()
            .table_name(&self.0.name)
            .set_key(Some(key(keys::session(&session.session_id), keys::SESSION).item()))
            .update_expression("SET #reads = #reads + :one")
            .condition_expression("#reads < :most")
            .expression_attribute_names("#reads", READS)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(SESSION_READS));
        let put = put.build().map_err(unbuilt("TransactWriteItems"))?;
        let count = count.build().map_err(unbuilt("TransactWriteItems"))?;
        let transaction = self.0.client.transact_write_items();
        let transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        let transaction = transaction.transact_items(TransactWriteItem::builder().update(count).build());
        match conditional::write(|| transaction.clone().sent(), conditional::of_transaction).await? {
            Written::Applied => Ok(Some(now)),
            Written::Lost => self.0.get(mark).await?.map(|mark| read_mark(&mark)).transpose(),
        }
    }
}

fn log_unreadable(org_id: &OrgId, error: &TablesError) {
    tracing::error!(%org_id, error = chain(error), "a viewer session cannot be read");
}
