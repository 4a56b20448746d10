//! The arguments of handlers, parsed and checked. Every rejection is a [`Problem`].

use std::convert::Infallible;
use std::str::FromStr;
use std::time::Duration;

use audit_core::{EventId, Locale, OrgId, ParseError, SessionId, TilePath, invalid::quoted, parameters};
use audit_tables::TablesError;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::encoding::Encoding;
use crate::{Problem, ProblemKind};

/// The org id in the path.
#[derive(Debug)]
pub struct OrgPath(pub OrgId);

impl<S: Sync> FromRequestParts<S> for OrgPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        path_parameter(parts, "{org_id}", OrgId::ALLOWED).await.map(Self)
    }
}

/// The event id in the path.
#[derive(Debug)]
pub struct EventPath(pub EventId);

impl<S: Sync> FromRequestParts<S> for EventPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        path_parameter(parts, "{id}", "an event id: a UUIDv7 in lower case").await.map(Self)
    }
}

/// The id of a viewer session in the path.
#[derive(Debug)]
pub struct SessionPath(pub SessionId);

impl<S: Sync> FromRequestParts<S> for SessionPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        path_parameter(parts, "{session_id}", SessionId::ALLOWED).await.map(Self)
    }
}

/// The path of a tile, at the end of the path.
#[derive(Debug)]
pub struct LogTile(pub TilePath);

impl FromStr for LogTile {
    type Err = ParseError;

    /// Reads the path without its beginning, which the route has.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        format!("tile/{text}").parse().map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for LogTile {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        path_parameter(parts, "{tile}", "the path of a tile, such as 0/x001/234.p/5").await
    }
}

async fn path_parameter<T: FromStr>(parts: &mut Parts, pointer: &str, allowed: &str) -> Result<T, Problem> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await;
    let parameters = parameters.map_err(|error| Problem::invalid("{path}", error.to_string(), "a path of UTF-8"))?;
    let mut named = parameters.iter().filter(|(name, _)| *name == pointer.trim_matches(['{', '}']));
    let text = named.next().map_or("", |(_, text)| text);
    text.parse().map_err(|_| Problem::invalid(pointer, quoted(text), allowed))
}

/// The language of summaries, as the only query parameter.
#[derive(Debug)]
pub struct SummaryLocale(pub Option<Locale>);

impl<S: Sync> FromRequestParts<S> for SummaryLocale {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parameters::read_summary(parts.uri.query()).map(Self)?)
    }
}

/// The end of a list of checkpoints, as the only query parameter.
#[derive(Debug)]
pub struct CheckpointsBefore(pub Option<u64>);

impl<S: Sync> FromRequestParts<S> for CheckpointsBefore {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parameters::read_before(parts.uri.query()).map(Self)?)
    }
}

/// The absence of query parameters. A route without parameters reports a misspelled one instead of ignoring it.
#[derive(Debug)]
pub struct NoParameters;

impl<S: Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parameters::read_none(parts.uri.query()).map(|()| Self)?)
    }
}

/// When the response to a request is due. This covers the reads of the tables, the body and the puts.
///
/// A router sets it with [`Deadline::set`]; the default never passes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deadline(Option<(Instant, Duration)>);

impl Deadline {
    /// Sets the deadline of a request to `budget` from now.
    pub fn set(mut request: Request, budget: Duration) -> Request {
        request.extensions_mut().insert(Self(Some((Instant::now() + budget, budget))));
        request
    }

    pub(crate) fn of(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or_default()
    }

    /// Waits until the deadline has passed.
    pub async fn passed(self) {
        match self.0 {
            Some((end, _)) => sleep_until(end).await,
            None => std::future::pending().await,
        }
    }

    /// Waits for a table until the deadline.
    ///
    /// # Errors
    /// 503, also when the table does not respond in time. Then it is unknown whether a write was applied. 500 for a
    /// malformed item.
    pub async fn table<T>(self, answer: impl Future<Output = Result<T, TablesError>>) -> Result<T, Problem> {
        let Some((end, _)) = self.0 else { return Ok(answer.await?) };
        Ok(timeout_at(end, answer).await.map_err(|late| Problem::unavailable(&late))??)
    }
}

impl<S: Sync> FromRequestParts<S> for Deadline {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

/// The whole body, decompressed, of up to `LIMIT_BYTES` both as sent and after decompression.
///
/// # Errors
/// 415 for an unsupported Content-Encoding, 413 for a larger body, 408 if the body is incomplete at the [`Deadline`].
#[derive(Debug)]
pub struct RequestBody<const LIMIT_BYTES: usize>(pub Bytes);

impl<const LIMIT_BYTES: usize, S: Sync> FromRequest<S> for RequestBody<LIMIT_BYTES> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let encoding = Encoding::of(&parts.headers)?;
        let read = read_body(body, LIMIT_BYTES);
        let body = match Deadline::of(&parts).0 {
            None => read.await?,
            Some((end, budget)) => timeout_at(end, read).await.map_err(|_| {
                let happened = format!("the body did not arrive within {} s", budget.as_secs());
                Problem::new(ProblemKind::RequestTimeout, happened)
            })??,
        };
        encoding.decode(body, LIMIT_BYTES).await.map(Self)
    }
}

async fn read_body(body: Body, limit_bytes: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large(limit_bytes)),
        Err(error) => Err(Problem::invalid("", error.to_string(), "a complete body")),
    }
}

/// Returns the problem for a body of more than `limit_bytes`.
pub(crate) fn too_large(limit_bytes: usize) -> Problem {
    let happened = format!("the body is larger than {limit_bytes} bytes, as sent or after decompression");
    Problem::new(ProblemKind::RequestTooLarge, happened)
}
