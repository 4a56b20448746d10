//! The org `demo`: generated events of 90 days, recorded through the API as any platform would.

use std::io::{self, Write};
use std::net::SocketAddr;

use audit_core::{Clock, OrgId};
use audit_local::stack::Stack;
use audit_runtime::SystemClock;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use tower::ServiceExt as _;

use crate::demo;

/// The org's id.
const ORG: &str = "demo";
/// How many events.
const EVENTS: usize = 4_000;
/// Events of one request; below what a request takes.
const EVENTS_A_REQUEST: usize = 250;

/// Why the demo cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The table of orgs, or the archive pass, failed.
    #[error(transparent)]
    Tables(#[from] audit_tables::TablesError),
    /// The archive pass failed.
    #[error(transparent)]
    Archive(#[from] audit_compact::CompactError),
    /// The API refused a request.
    #[error("{0} was answered with {1}")]
    Refused(String, StatusCode),
    /// The request could not be made.
    #[error(transparent)]
    Request(#[from] axum::http::Error),
}

/// Loads the demo and archives its past days, unless the org is there already.
pub(crate) async fn load(stack: &Stack) -> Result<(), DemoError> {
    let Ok(org_id) = ORG.parse::<OrgId>() else { return Ok(()) };
    if stack.tables().org(&org_id).await?.is_some() {
        return Ok(());
    }
    let events: Vec<_> = demo::events(SystemClock.now().micros(), EVENTS).collect();
    let router = stack.router();
    let profile = r#"{"name":"Demo","plan":"enterprise"}"#.to_owned();
    send(&router, Method::PUT, format!("/v1/orgs/{ORG}"), profile).await?;
    for events in events.chunks(EVENTS_A_REQUEST) {
        let body = format!(r#"{{"events":[{}]}}"#, events.join(","));
        send(&router, Method::POST, format!("/v1/orgs/{ORG}/events"), body).await?;
    }
    stack.compactor().pass(&org_id, false, None).await?;
    Ok(())
}

async fn send(router: &Router, method: Method, path: String, body: String) -> Result<(), DemoError> {
    let request = Request::builder().method(method).uri(&path).body(Body::from(body))?;
    let Ok(response) = router.clone().oneshot(request).await;
    if response.status().is_success() { Ok(()) } else { Err(DemoError::Refused(path, response.status())) }
}

/// Prints three searches worth running.
pub(crate) fn suggest(out: &mut impl Write, address: SocketAddr) -> io::Result<()> {
    let events = format!("http://{address}/v1/orgs/{ORG}/events");
    writeln!(out, "\nThe newest events:\n  curl '{events}?limit=5'")?;
    writeln!(
        out,
        "Everything that was ever tried from a stolen key:\n  curl '{events}?actor=key_backup_sync&order=oldest'"
    )?;
    writeln!(out, "Failed changes of the team:\n  curl '{events}?category=team&result=failed'")
}
