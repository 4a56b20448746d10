//! Writers: those with keys repeat each request that got no response, those without continue with the next event.

use std::time::Duration;

use audit_core::EventId;
use rand::RngExt as _;
use serde::Deserialize;
use tokio::time::sleep;

use crate::client::Request;
use crate::event::Name;
use crate::run::{Org, Run};

/// Maximum number of new events of one request.
const AT_ONCE: u64 = 20;
/// Maximum number of events of one request that were acknowledged before.
const OLD_AT_ONCE: u64 = 3;
/// Maximum pause of a writer, in milliseconds.
const PAUSE_MS: u64 = 200;

#[derive(Deserialize)]
struct Stored {
    events: Vec<StoredEvent>,
}

#[derive(Deserialize)]
struct StoredEvent {
    id: String,
    status: String,
}

/// Records events until the run ends.
pub(crate) async fn write(run: &Run, org: &Org, writer: u64, keyed: bool) {
    let mut rng = run.rng(1_000 + writer);
    let mut sent = 0;
    while !run.ends.get() {
        let next = sent + rng.random_range(1..=AT_ONCE);
        let mut names: Vec<_> = (sent..next).map(|number| Name { writer, number }).collect();
        // A request that is repeated without a key means another event.
        if keyed && sent > 0 && rng.random_bool(0.2) {
            let old = (0..rng.random_range(1..=OLD_AT_ONCE)).map(|_| rng.random_range(0..sent));
            names.extend(old.map(|number| Name { writer, number }));
        }
        sent = next;
        let events: Vec<_> = names.iter().map(|name| name.json(run, keyed)).collect();
        let request = Request::post(org.events(), format!(r#"{{"events":[{}]}}"#, events.join(",")));
        match keyed {
            true => {
                let (answer, again) = run.client.until_answered(&request).await;
                run.figures.repeated.add(again);
                acknowledge(run, org, &names, &answer);
            }
            false => match run.client.once(&request).await {
                Some(answer) => acknowledge(run, org, &names, &answer),
                None => org.known.borrow_mut().unsure.extend(names),
            },
        }
        sleep(Duration::from_millis(rng.random_range(0..PAUSE_MS))).await;
    }
}

fn acknowledge(run: &Run, org: &Org, names: &[Name], answer: &str) {
    let stored: Stored = serde_json::from_str(answer).unwrap();
    assert_eq!(stored.events.len(), names.len());
    for (name, StoredEvent { id, status }) in names.iter().zip(stored.events) {
        assert!(status == "created" || status == "duplicate", "{status}");
        let first = org.known.borrow_mut().acknowledge(*name, id.parse::<EventId>().unwrap());
        run.figures.acknowledged.add(u64::from(first));
    }
}
