//! `/v1/orgs/{org_id}/viewer-sessions`: the platform makes, lists and revokes the sessions of viewers.
//!
//! To make one:
//!
//! 1. check the caller, the org, its plan and the body
//! 2. record that the session is made      crash: an event of a session that does not exist, and cannot be used
//! 3. store the session                    <- commit
//! 4. return its token, which is stored nowhere
//!
//! To revoke one:
//!
//! 1. mark it as revoked                   <- commit: no request accepts its token any more
//! 2. record the revocation                crash: a repeat records it, with the instant of 1, as the same event
//!
//! Listing and revoking require a registered org, on any plan: the sessions of an org that lost the plan are open again as
//! soon as the org has it back.

use std::sync::Arc;

use audit_core::limits::SESSION_REQUEST_BYTES;
use audit_core::{IdKey, NewSession, OrgId, SessionId, SessionToken, own_events, session};
use audit_http::extract::{Deadline, NoParameters, RequestBody, SessionPath};
use audit_http::{AdmittedOrg, Problem, RegisteredOrg};
use audit_tables::Put;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use crate::Ingest;

/// Sessions of a viewer that are revoked concurrently.
const IN_FLIGHT: usize = 8;

pub(crate) async fn post_viewer_session(
    State(ingest): State<Arc<Ingest>>,
    AdmittedOrg { org_id, id_key }: AdmittedOrg,
    _: NoParameters,
    deadline: Deadline,
    RequestBody(body): RequestBody<SESSION_REQUEST_BYTES>,
) -> Result<Response, Problem> {
    let new = NewSession::read(&body)?;
    let token = SessionToken::new(rand::random());
    let session = new.begin(token.session_id(), org_id, ingest.clock.now());
    let event = own_events::session_created(&session, &id_key)?;
    deadline.table(ingest.tables.events.put(&event)).await?;
    deadline.table(ingest.tables.sessions.create(&session, &token)).await?;
    let body = json!({
        "session_id": session.session_id, "token": token.reveal(), "expires_at": session.expires_at,
    });
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

pub(crate) async fn get_viewer_sessions(
    State(ingest): State<Arc<Ingest>>,
    RegisteredOrg { org_id, .. }: RegisteredOrg,
    _: NoParameters,
    deadline: Deadline,
) -> Result<Json<Value>, Problem> {
    let mut listed = deadline.table(ingest.tables.sessions.list(&org_id, ingest.clock.now())).await?;
    listed.sessions.sort_by(|a, b| (a.created_at, &a.session_id).cmp(&(b.created_at, &b.session_id)));
    Ok(Json(json!({ "sessions": listed.sessions, "complete": listed.complete })))
}

pub(crate) async fn delete_viewer_session(
    State(ingest): State<Arc<Ingest>>,
    RegisteredOrg { org_id, id_key }: RegisteredOrg,
    SessionPath(session_id): SessionPath,
    _: NoParameters,
    deadline: Deadline,
) -> Result<StatusCode, Problem> {
    ingest.revoke((&org_id, &id_key), &session_id, deadline).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn delete_viewer_sessions(
    State(ingest): State<Arc<Ingest>>,
    RegisteredOrg { org_id, id_key }: RegisteredOrg,
    RawQuery(query): RawQuery,
    deadline: Deadline,
) -> Result<Json<Value>, Problem> {
    let viewer = session::read_viewer_parameter(query.as_deref())?;
    let found = deadline.table(ingest.tables.sessions.of_viewer(&org_id, &viewer, ingest.clock.now())).await?;
    let (ingest, keyed) = (&ingest, (&org_id, &id_key));
    let revoke = |session_id| async move { ingest.revoke(keyed, &session_id, deadline).await };
    let revoked = stream::iter(found.ids).map(revoke).buffer_unordered(IN_FLIGHT);
    let revoked = revoked.try_fold(0, async |count, is_new| Ok(count + u64::from(is_new)));
    let revoked = revoked.await?;
    // Only after the others are revoked: one session that cannot be read keeps none of them open.
    match found.unreadable {
        Some(error) => Err(error.into()),
        None => Ok(Json(json!({ "revoked": revoked }))),
    }
}

impl Ingest {
    /// Revokes a session and records it. Returns whether the record is new, and not the repeat of an earlier request.
    async fn revoke(
        &self,
        (org_id, id_key): (&OrgId, &IdKey),
        session_id: &SessionId,
        deadline: Deadline,
    ) -> Result<bool, Problem> {
        let now = self.clock.now();
        let revoked = deadline.table(self.tables.sessions.revoke(org_id, session_id, now)).await?;
        let Some((session, revoked_at)) = revoked.and_then(|it| it.revoked_at.map(|at| (it, at))) else {
            return Ok(false);
        };
        let event = own_events::session_revoked(&session, id_key, revoked_at, now)?;
        Ok(deadline.table(self.tables.events.put(&event)).await? == Put::Created)
    }
}
