//! Finds the events that have arrived since the last poll, wherever they are in time.
//!
//! The API orders events by when they occurred, and a late event may have occurred at any time before. So a cursor does
//! not suffice, and reading a recent window again misses what is older. Counts do suffice, since events are immutable
//! and never deleted: **a bar of time whose count has not changed contains no new event.** Counts without a filter come
//! from the ledger, so they cost no read of the archive.
//!
//! A poll
//!
//! 1. counts the recent bars (quarters of an hour, from the start of yesterday on) and everything before in total. Only
//!    if that total changed, it counts the old bars, which are days
//! 2. reads the events of each bar whose count differs from what is accounted for, and takes those that are new
//! 3. then adjusts what is accounted for, and only then moves the cutoff
//!
//! An event is new if it was received after the *cutoff* and its id is not known. The cutoff is the time of the last
//! complete poll, by the clock of the service, less [`SETTLE`]: the time within which an event becomes readable after
//! it was received. Only ids of events that were received after the cutoff are kept.
//!
//! # Why no event is missed
//!
//! Let `accounted` be the number of events of a bar that existed at the start or are shown. It never exceeds the number
//! that can be read, since each of them was read or counted before. An event that is not accounted for makes the next
//! count larger than `accounted`, so its bar is read.
//!
//! - A bar is read after its count. An event that arrives in between is shown if the read passes it. Otherwise the next
//!   count is larger again.
//! - Without a filter, a read of a bar that is known ends when it has found as many new events as are missing. If one of
//!   them arrived in between, an older one may still be missing; then `accounted` is below the next count.
//! - If a poll fails, neither what is accounted for nor the cutoff moves beyond what is shown, so the next poll finds
//!   the same events, and the known ids prevent that one is shown twice. That includes a restart of the service.
//! - Archiving moves events and changes no count.
//!
//! At the start, the bars of the last [`SETTLE`] are read once, so that what was received before the start is known. A
//! late event that was received up to [`SETTLE`] before the start may be shown if its old bar changes: rather too much
//! than too little.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Duration;

use audit_core::{Clock as _, EventId, UnixMicros};
use audit_runtime::SystemClock;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::bars::{Bars, DAY_US, QUARTER_US, day_of};
use crate::api::{Answer, Api, ApiError, Parameters};
use crate::listing::parsed;
use crate::search::{PAGE, Page};
use crate::stats::Counts;

/// The time within which an event becomes readable after it was received: a request takes up to 15 s, and the clocks of
/// several functions may differ.
const SETTLE: Duration = Duration::from_secs(5 * 60);

/// What polls found since it was last taken.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The new events that match the filter, oldest first.
    pub(super) events: Vec<Arrival>,
    /// The bars with events that are counted, but were received before the cutoff, so that they cannot be distinguished.
    pub(super) indistinct: Vec<(UnixMicros, UnixMicros)>,
    /// Stored rows that cannot be read.
    pub(super) skipped: u64,
}

/// An event, and its id.
pub(super) type Arrival = (EventId, Box<RawValue>);

/// Follows the events of an org.
#[derive(Debug)]
pub(super) struct Follower<'a> {
    api: &'a Api,
    /// The filter, and what the output needs.
    query: Parameters,
    is_filtered: bool,
    /// Where days end and quarters of an hour begin.
    split: UnixMicros,
    bars: Bars,
    /// The known ids of events that were received after the cutoff.
    known: HashMap<EventId, UnixMicros>,
    cutoff: UnixMicros,
}

impl<'a> Follower<'a> {
    /// Counts what exists. Everything that arrives after it returns is found.
    pub(super) async fn start(api: &'a Api, filter: &Parameters, output: &Parameters) -> Result<Self, ApiError> {
        let (query, is_filtered) = ([filter.clone(), output.clone()].concat(), !filter.is_empty());
        let (bars, known, cutoff) = (Bars::default(), HashMap::new(), UnixMicros::EARLIEST);
        let split = split();
        let mut follower = Self { api, query, is_filtered, split, bars, known, cutoff };
        let days = follower.count(&[("to", split.to_string()), by_time(), ("interval", "1d".to_owned())]).await?;
        follower.cutoff = settled(days.at);
        for (start, count) in bars_of(&days.body) {
            follower.bars.begin(start, DAY_US, count);
        }
        for (start, count) in follower.quarters().await? {
            follower.bars.begin(start, QUARTER_US, count);
            if start.micros() + QUARTER_US > follower.cutoff.micros() {
                // What exists is not new; only its ids are kept.
                follower.read((start, QUARTER_US), count, &mut Found::default(), &mut Vec::new()).await?;
            }
        }
        Ok(follower)
    }

    /// Adds what has arrived since the last poll to `found`.
    ///
    /// # Errors
    ///
    /// A request failed. What was found before it is added, and is not found again.
    pub(super) async fn poll(&mut self, found: &mut Found) -> Result<(), ApiError> {
        let mut arrived = Vec::new();
        let polled = self.poll_all(found, &mut arrived).await;
        arrived.sort_by_key(|(id, _)| *id);
        found.events.extend(arrived);
        let cutoff = polled?;
        self.known.retain(|_, ingested_at| *ingested_at > cutoff);
        self.cutoff = cutoff;
        Ok(())
    }

    /// Reads every bar whose count changed; returns the next cutoff.
    async fn poll_all(&mut self, found: &mut Found, arrived: &mut Vec<Arrival>) -> Result<UnixMicros, ApiError> {
        // A clock that is set back must not divide days again.
        self.split = split().max(self.split);
        self.bars.fold(self.split);
        let until_split = ("to", self.split.to_string());
        let old = self.count(std::slice::from_ref(&until_split)).await?;
        let cutoff = settled(old.at).max(self.cutoff);
        if old.body.total != self.bars.accounted_before(self.split) {
            let days = self.count(&[until_split, by_time(), ("interval", "1d".to_owned())]).await?;
            for (start, count) in bars_of(&days.body) {
                self.compare((start, DAY_US), count, found, arrived).await?;
            }
        }
        for (start, count) in self.quarters().await? {
            self.compare((start, QUARTER_US), count, found, arrived).await?;
        }
        Ok(cutoff)
    }

    /// Counts the quarters of an hour from the split on.
    async fn quarters(&self) -> Result<Vec<(UnixMicros, u64)>, ApiError> {
        let quarters = [("from", self.split.to_string()), by_time(), ("interval", "15m".to_owned())];
        Ok(bars_of(&self.count(&quarters).await?.body).collect())
    }

    async fn count(&self, query: &[(&'static str, String)]) -> Result<Answer<Counts>, ApiError> {
        Counts::get(self.api, &query.to_vec(), usize::MAX).await
    }

    /// Reads a bar if its count is not what is accounted for.
    async fn compare(
        &mut self,
        (start, length_us): (UnixMicros, i64),
        count: u64,
        found: &mut Found,
        arrived: &mut Vec<Arrival>,
    ) -> Result<(), ApiError> {
        let bar = self.bars.bar(start, length_us);
        match count.cmp(&bar.accounted) {
            Ordering::Equal => Ok(()),
            Ordering::Greater => self.read((start, length_us), count, found, arrived).await,
            Ordering::Less => {
                // Rows became unreadable. What is accounted for must not exceed what can be read.
                bar.accounted = count;
                Ok(())
            }
        }
    }

    /// Reads the events of a bar, and adds those that are new to `arrived`.
    async fn read(
        &mut self,
        (start, length_us): (UnixMicros, i64),
        count: u64,
        found: &mut Found,
        arrived: &mut Vec<Arrival>,
    ) -> Result<(), ApiError> {
        let bar = self.bars.bar(start, length_us);
        let (end, missing, counts_new) =
            (bar.end, count.saturating_sub(bar.accounted), bar.is_read && !self.is_filtered);
        let mut query = self.query.clone();
        query.extend([("from", start.to_string()), ("to", end.to_string()), ("limit", PAGE.to_string())]);
        let (mut read, mut new, mut cursor) = (0, 0, String::new());
        loop {
            let page = [query.clone(), vec![("cursor", cursor)]].concat();
            let page = self.api.get::<Page>("events", &page).await?.body;
            found.skipped += page.skipped;
            read += page.events.len() as u64;
            let before = new;
            for event in page.events {
                let Keys { id, ingested_at } = self.api.parsed(&event)?;
                if ingested_at > self.cutoff && self.known.insert(id, ingested_at).is_none() {
                    arrived.push((id, event));
                    new += 1;
                }
            }
            let bar = self.bars.bar(start, length_us);
            if counts_new {
                bar.accounted += new - before;
                if new >= missing {
                    return Ok(());
                }
            }
            let Some(next) = page.next_cursor else { break };
            cursor = next;
        }
        if new < missing && !self.is_filtered {
            found.indistinct.push((start, end));
        }
        let bar = self.bars.bar(start, length_us);
        bar.accounted = if self.is_filtered { count } else { count.max(read) };
        bar.is_read = true;
        Ok(())
    }
}

/// The times at which what was received before is readable.
fn settled(at: UnixMicros) -> UnixMicros {
    UnixMicros::new(at.micros() - SETTLE.as_micros() as i64)
}

/// The start of yesterday. Where bars change their length only decides how much is read, so any clock will do.
fn split() -> UnixMicros {
    day_of(UnixMicros::new(SystemClock.now().micros() - DAY_US))
}

fn by_time() -> (&'static str, String) {
    ("group_by", "time".to_owned())
}

/// The start and the count of each bar.
fn bars_of(counts: &Counts) -> impl Iterator<Item = (UnixMicros, u64)> {
    let bars = counts.groups.iter().flatten();
    bars.filter_map(|bar| Some((bar.identity().parse().ok()?, bar.count)))
}

/// What identifies an event, and when it was received.
#[derive(Debug, Deserialize)]
pub(super) struct Keys {
    #[serde(deserialize_with = "parsed")]
    pub(super) id: EventId,
    #[serde(deserialize_with = "parsed")]
    ingested_at: UnixMicros,
}
