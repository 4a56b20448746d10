//! The org `demo`: 90 days of generated events, recorded through the API as any platform would.

use std::io::{self, Write};
use std::net::SocketAddr;

use audit_core::limits::REQUEST_EVENTS;
use audit_core::{Clock, OrgId};
use audit_local::stack::Stack;
use audit_runtime::SystemClock;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use tower::ServiceExt as _;

use crate::demo;

const ORG: &str = "demo";
const EVENTS: usize = 4_000;

/// Why the demo cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("cannot look up the org {ORG}")]
    Tables(#[from] audit_tables::TablesError),
    #[error("cannot archive the events")]
    Archive(#[from] audit_compact::CompactError),
    #[error("the API responded to {0} with {1}")]
    Response(String, StatusCode),
    #[error(transparent)]
    Request(#[from] axum::http::Error),
}

/// Creates the org, records its events and archives the past days, unless the org already exists.
pub(crate) async fn load(stack: &Stack) -> Result<(), DemoError> {
    let Ok(org_id) = ORG.parse::<OrgId>() else { return Ok(()) };
    if stack.tables().orgs.get(&org_id).await?.is_some() {
        return Ok(());
    }
    let events = demo::events(SystemClock.now(), EVENTS);
    let router = stack.router();
    let profile = r#"{"name":"Demo","plan":"enterprise"}"#.to_owned();
    send(&router, Method::PUT, format!("/v1/orgs/{ORG}"), profile).await?;
    for events in events.chunks(REQUEST_EVENTS) {
        let body = format!(r#"{{"events":[{}]}}"#, events.join(","));
        send(&router, Method::POST, format!("/v1/orgs/{ORG}/events"), body).await?;
    }
    stack.compactor().pass(&org_id, false, None).await?;
    Ok(())
}

async fn send(router: &Router, method: Method, path: String, body: String) -> Result<(), DemoError> {
    let request = Request::builder().method(method).uri(&path).body(Body::from(body))?;
    let Ok(response) = router.clone().oneshot(request).await;
    if response.status().is_success() { Ok(()) } else { Err(DemoError::Response(path, response.status())) }
}

/// Prints the page to open, and searches worth running.
pub(crate) fn suggest(out: &mut impl Write, address: SocketAddr) -> io::Result<()> {
    writeln!(out, "\nOpen http://{address}/ in a browser.\n\nSearches to try on the demo events:")?;
    for (found, query) in [
        ("The newest events", "limit=5"),
        ("Everything done with a stolen API key, twelve days ago", "actor=key_backup_sync&order=oldest"),
        ("Failed changes of members and roles", "category=team&result=failed"),
        ("A role that should not have been granted", "target=usr_91&order=oldest"),
        ("An automation that makes noise", "target=monitor_drift&limit=5"),
    ] {
        writeln!(out, "  {found}:\n    curl 'http://{address}/v1/orgs/{ORG}/events?{query}'")?;
    }
    Ok(())
}
