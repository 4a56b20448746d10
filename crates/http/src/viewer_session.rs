//! The session of a viewer: all that a handler of `/view` gets of a request's caller.
//!
//! 1. The token is read; a malformed one costs no read.
//! 2. The session is read, in every request: a revocation takes effect with the next one.
//! 3. The org's plan is checked, as for every other caller.
//! 4. A search, a count or a look-up is narrowed to what the session can read, and recorded as an event of the org,
//!    unless it is the look-up of an event that does not exist for the session. If it cannot be recorded, the request
//!    fails.
//!
//! A handler has no other way to the org, so it cannot forget 3 and 4.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use audit_core::own_events::{self, Read};
use audit_core::session::May;
use audit_core::session_token::TOKEN_PREFIX;
use audit_core::{
    Clock, EventId, IdKey, Narrowing, OrgId, Search, Session, SessionId, SessionToken, Sha256, StatsRequest,
};
use audit_runtime::metrics::{self, Metric};
use audit_tables::{EventsTable, OrgsTable, SessionsTable, Tables};
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde_json::{Value, json};

use crate::extract::Deadline;
use crate::{PlanGate, Problem, ProblemKind};

/// Maximum number of cached reads. The cache is cleared when it is full.
const CACHED_READS: usize = 10_000;

/// Accepts sessions, and records what they are used for. A router's state offers it to [`ViewerSession`] through
/// [`AsRef`].
pub struct ViewerGate {
    sessions: SessionsTable,
    events: EventsTable,
    orgs: OrgsTable,
    plans: PlanGate,
    clock: Arc<dyn Clock>,
    /// The reads that are recorded for certain. A read that is missing here is recorded again, as the same event.
    recorded: Mutex<HashSet<(SessionId, Sha256)>>,
}

impl ViewerGate {
    /// Returns a gate with empty caches.
    pub fn new(tables: &Tables, clock: Arc<dyn Clock>) -> Self {
        let Tables { sessions, events, orgs, .. } = tables.clone();
        let plans = PlanGate::new(orgs.clone(), Arc::clone(&clock));
        Self { sessions, events, orgs, plans, clock, recorded: Mutex::default() }
    }

    /// Records a read, before anything of it is returned.
    ///
    /// 1. mark and count the read in the session   <- from here on, it has one instant, in every repeat
    /// 2. put the event of that instant            <- its id is derived from its content: a repeat is the same event
    ///
    /// # Errors
    /// 429 if the session was used for as many other reads as it can be: their events are never deleted. 503 if a table
    /// does not respond. A crash or an error between 1 and 2 leaves a mark without an event; the next request with the
    /// same filter puts it.
    async fn record(&self, viewer: &ViewerSession, read: &Read) -> Result<(), Problem> {
        let ViewerSession { session, id_key, deadline, .. } = viewer;
        let known = (session.session_id.clone(), read.digest());
        if self.recorded.lock().unwrap_or_else(PoisonError::into_inner).contains(&known) {
            return Ok(());
        }
        let now = self.clock.now();
        let marked = deadline.table(self.sessions.mark_read(session, known.1, now)).await?;
        let occurred_at = marked.ok_or(ProblemKind::SessionUsedUp)?;
        let event = own_events::searched(session, id_key, read, occurred_at, now)?;
        deadline.table(self.events.put(&event)).await?;
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.len() >= CACHED_READS {
            recorded.clear();
        }
        recorded.insert(known);
        Ok(())
    }
}

/// An open session of an org whose plan has audit logs.
pub struct ViewerSession {
    session: Session,
    id_key: IdKey,
    gate: Arc<ViewerGate>,
    deadline: Deadline,
}

/// The look-up of one event.
#[derive(Debug, Clone)]
pub struct LookUp {
    /// The org whose event it is.
    pub org_id: OrgId,
    /// The event.
    pub id: EventId,
    /// What the caller can read at most. An event outside of it does not exist for the caller.
    pub narrowing: Narrowing,
}

impl ViewerSession {
    /// Returns the search of a query string, narrowed and recorded.
    ///
    /// # Errors
    /// 400 with every error of the query, 403 if the session is not for searches, 429 and 503 if the search
    /// cannot be recorded.
    pub async fn search(&self, query: Option<&str>) -> Result<Search, Problem> {
        self.require(&May::SEARCH)?;
        let search = Search::read_within(self.session.org_id.clone(), query, &self.session.only.narrowing())?;
        self.record(&Read::of_query(query)).await?;
        Ok(search)
    }

    /// Returns the request for statistics of a query string, narrowed and recorded.
    ///
    /// # Errors
    /// 400 with every error of the query, 403 if the session is not for statistics, 429 and 503 if it cannot be
    /// recorded.
    pub async fn stats(&self, query: Option<&str>) -> Result<StatsRequest, Problem> {
        self.require(&May::STATS)?;
        let org_id = self.session.org_id.clone();
        let request = StatsRequest::read_within(org_id, query, &self.session.only.narrowing())?;
        self.record(&Read::of_query(query)).await?;
        Ok(request)
    }

    /// Returns what `find` finds in a narrowed look-up, recorded. A look-up that finds nothing is not recorded, since its
    /// caller could make any number of them up.
    ///
    /// # Errors
    /// 403 if the session is not for searches, 429 and 503 if the look-up cannot be recorded, and those of `find`.
    pub async fn look_up<T>(
        &self,
        id: EventId,
        find: impl AsyncFnOnce(LookUp) -> Result<Option<T>, Problem>,
    ) -> Result<Option<T>, Problem> {
        self.require(&May::SEARCH)?;
        let found = find(LookUp { org_id: self.session.org_id.clone(), id, narrowing: self.session.only.narrowing() });
        let Some(found) = found.await? else { return Ok(None) };
        self.record(&Read::Event(id)).await?;
        Ok(Some(found))
    }

    /// Returns what the session is, as its viewer sees it.
    ///
    /// # Errors
    /// 503 if the table of orgs does not respond.
    pub async fn describe(&self) -> Result<Value, Problem> {
        let org = self.deadline.table(self.gate.orgs.get(&self.session.org_id)).await?;
        let org = org.ok_or(ProblemKind::UnknownOrg)?;
        let Session { viewer, only, may, created_at, expires_at, .. } = &self.session;
        let org = json!({ "id": org.org_id, "name": org.profile.name });
        Ok(json!({
            "org": org, "viewer": viewer, "only": only, "may": may, "created_at": created_at, "expires_at": expires_at,
        }))
    }

    fn require(&self, may: &May) -> Result<(), Problem> {
        if self.session.may.contains(may) { Ok(()) } else { Err(ProblemKind::NotAllowed.into()) }
    }

    async fn record(&self, read: &Read) -> Result<(), Problem> {
        self.gate.record(self, read).await
    }
}

impl<S: AsRef<Arc<ViewerGate>> + Send + Sync> FromRequestParts<Arc<S>> for ViewerSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<S>) -> Result<Self, Problem> {
        let token = session_token(&parts.headers).ok_or_else(refused)?;
        let gate: &Arc<ViewerGate> = S::as_ref(state);
        let deadline = Deadline::of(parts);
        let stored = deadline.table(gate.sessions.get(&token)).await?;
        let session = stored.filter(|session| session.is_open(gate.clock.now())).ok_or_else(refused)?;
        let id_key = gate.plans.admit(&session.org_id, parts).await?;
        Ok(Self { session, id_key, gate: Arc::clone(gate), deadline })
    }
}

/// Counts a request without an open session.
fn refused() -> Problem {
    metrics::count(Metric::SessionsRefused, 1);
    ProblemKind::SessionEnded.into()
}

/// Returns the token of a request: exactly one header Authorization with the scheme Bearer and a token of a session.
fn session_token(headers: &HeaderMap) -> Option<SessionToken> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (first, other) = (values.next()?, values.next());
    let (scheme, token) = first.to_str().ok()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && other.is_none();
    token.trim_start().parse().ok().filter(|_| is_bearer)
}

/// Whether a request has a session's token, well-formed or not.
pub(crate) fn claims_session(headers: &HeaderMap) -> bool {
    headers.get_all(AUTHORIZATION).iter().any(|value| {
        let value = value.as_bytes();
        value.windows(TOKEN_PREFIX.len()).any(|text| text == TOKEN_PREFIX.as_bytes())
    })
}
