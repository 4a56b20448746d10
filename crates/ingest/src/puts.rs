//! Puts the events of a request: concurrently, in no order, until the request's deadline.
//!
//! Each shard of the events table has its own share of the requests in flight. So a shard that does not respond delays its
//! own events only; events of the other shards are stored.

use audit_core::Event;
use audit_tables::{Put, Tables, TablesError, keys};
use futures::stream::{self, StreamExt as _};
use tokio::time::sleep_until;

use crate::deadline::Deadline;

/// Puts in flight for one request; each shard has an equal share.
const IN_FLIGHT: usize = 32;

/// What became of the put of one event; `None` when it had no answer at the deadline.
pub(crate) type Outcome = Option<Result<Put, TablesError>>;

/// Puts every event.
///
/// # Guarantees
///
/// Returns one outcome per event, in the order of `events`, at the deadline at the latest. A put without an answer may
/// still be applied.
pub(crate) async fn put_all(tables: &Tables, events: &[Event], deadline: Deadline) -> Vec<Outcome> {
    let mut puts: Vec<_> = keys::shards().map(|_| Vec::new()).collect();
    for (index, event) in events.iter().enumerate() {
        puts[usize::from(event.id.shard())].push(put(tables, index, event));
    }
    let share = IN_FLIGHT / puts.len();
    let answers = stream::select_all(puts.into_iter().map(|of_shard| stream::iter(of_shard).buffer_unordered(share)));
    let answers = answers.take_until(sleep_until(deadline.at()));
    let mut answers = std::pin::pin!(answers);
    let mut outcomes: Vec<Outcome> = events.iter().map(|_| None).collect();
    while let Some((index, outcome)) = answers.next().await {
        outcomes[index] = Some(outcome);
    }
    outcomes
}

async fn put(tables: &Tables, index: usize, event: &Event) -> (usize, Result<Put, TablesError>) {
    (index, tables.put_event(event).await)
}
