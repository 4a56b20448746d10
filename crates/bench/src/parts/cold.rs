//! Cold starts: from `exec` to the first response of each function, over the stores of another process, against the
//! smallest function that `lambda_http` makes.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::{Client, ORG};
use crate::events::Events;
use crate::figures::{Figure, median};
use crate::lambda::{cold_start, http_event};
use crate::process::Served;
use crate::{Options, Result, archive, hot};

const RUNS: usize = 21;
const MOST: f64 = 1.5;
const EVENTS: &str = "/v1/orgs/{org_id}/events";

pub(super) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    // A small archive: what is timed is the start.
    let events = Events { count: 3_650, days: 365, ..options.events };
    let served = Served::start(&archive::of(events, &options.data).await?)?;
    let client = Client::new(&served.url)?;
    client.register().await?;
    let sessions = format!("/v1/orgs/{ORG}/viewer-sessions");
    let session = client.send("POST", &sessions, r#"{"viewer":{"id":"usr_1"}}"#.to_owned()).await?;
    let session: Value = serde_json::from_str(&session)?;
    let token = session["token"].as_str();
    let path = format!("/v1/orgs/{ORG}/events");
    let page = http_event("GET", EVENTS, &path, "limit=50", None, None);
    let body = hot::body(&[events.line(events.first_day()?, 0)]);
    let functions = [
        ("audit-ingest", "records an event", http_event("POST", EVENTS, &path, "", None, Some(body))),
        ("audit-query", "a page of 50", page.clone()),
        (
            "audit-view",
            "a page of 50",
            http_event("GET", "/view/v1/events", "/view/v1/events", "limit=50", token, None),
        ),
        ("audit-compact", "lists the orgs", json!({ "task": "list" })),
    ];
    let hello = match first_responses(&binary("audit-bench-hello")?, &page, &served).await {
        Ok(milliseconds) => milliseconds,
        Err(missing) => return Ok(vec![Figure::unmeasured("cold", "all functions", missing)]),
    };
    let mut figures = vec![Figure::new("cold", "audit-bench-hello").value("", hello, "ms")];
    for (name, what, event) in functions {
        let title = format!("{name}: {what}");
        figures.push(match first_responses(&binary(name)?, &event, &served).await {
            Ok(milliseconds) => Figure::new("cold", title)
                .value("", milliseconds, "ms")
                .ratio("", milliseconds / hello)
                .target(format!("≤ {MOST}x"), milliseconds <= MOST * hello),
            Err(missing) => Figure::unmeasured("cold", title, missing),
        });
    }
    Ok(figures)
}

/// Functions are built by `cargo build --release --workspace`, next to this program.
fn binary(name: &str) -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// The median of some first responses, none of which is an error.
async fn first_responses(binary: &Path, event: &Value, served: &Served) -> Result<f64> {
    if !binary.exists() {
        return Err(format!("{} is missing: run cargo build --release --workspace", binary.display()).into());
    }
    let mut milliseconds = Vec::new();
    for _ in 0..RUNS {
        let (taken, response) = cold_start(binary, event, served).await?;
        let status = response["statusCode"].as_u64();
        if status.is_some_and(|status| status >= 300) || response.get("errorMessage").is_some() {
            return Err(format!("{} responds {response}", binary.display()).into());
        }
        milliseconds.push(taken);
    }
    Ok(median(milliseconds))
}
