//! The events of a run: the name of an event determines its content.

use audit_core::{Day, EventId, UnixMicros};
use rand::RngExt as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::run::{Org, Run};

/// The days over which a writer spreads its events. Most follow one another, so that few days change at a time.
const DAYS: i64 = 60;
/// How far two events of a writer are apart, and by how much they may be out of order, in microseconds.
const STEP_US: i64 = 60_000_000;
const DISORDER_US: i64 = 60 * STEP_US;
/// Different actors.
const ACTORS: u64 = 7;

/// Which event of which writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub(crate) struct Name {
    pub(crate) writer: u64,
    pub(crate) number: u64,
}

impl Name {
    /// Mostly a step after the previous event; sometimes on any of the days, sometimes on this one.
    pub(crate) fn occurred_at(self, run: &Run) -> UnixMicros {
        let mut rng = run.rng(self.writer << 32 | self.number);
        let span = DAYS * Day::MICROS;
        let place = match rng.random_range(0..100) {
            0 => rng.random_range(0..span),
            1 => span,
            _ => self.number as i64 * STEP_US % span,
        };
        UnixMicros::new(run.now.micros() - span + place - rng.random_range(0..DISORDER_US))
    }

    pub(crate) fn actor(self) -> String {
        format!("usr_{}", self.number % ACTORS)
    }

    /// The event as it is sent.
    pub(crate) fn json(self, run: &Run, keyed: bool) -> String {
        let Self { writer, number } = self;
        let (at, actor) = (self.occurred_at(run), self.actor());
        let key = if keyed { format!(r#","idempotency_key":"{writer}-{number}""#) } else { String::new() };
        format!(
            r#"{{"occurred_at":"{at}","actor":{{"id":"{actor}"}},"action":"member.invited","result":"succeeded","details":{{"writer":{writer},"number":{number}}}{key}}}"#
        )
    }
}

/// An event of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: EventId,
    pub(crate) name: Name,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct Members {
    id: String,
    org_id: String,
    occurred_at: String,
    actor: ActorMembers,
    details: Name,
}

#[derive(Deserialize)]
struct ActorMembers {
    id: String,
}

impl Found {
    /// Reads an event.
    ///
    /// # Guarantees
    ///
    /// It belongs to the org (I-7), and equals what was sent (I-8).
    pub(crate) fn read(json: &RawValue, run: &Run, org: &Org) -> Self {
        let text = json.get().to_owned();
        let Members { id, org_id, occurred_at, actor, details: name } = serde_json::from_str(&text).unwrap();
        let found = (org_id.as_str(), occurred_at.parse::<UnixMicros>().unwrap(), actor.id);
        assert_eq!(found, (org.id, name.occurred_at(run), name.actor()), "{text}");
        Self { id: id.parse::<EventId>().unwrap(), name, text }
    }
}
