//! Rebuilds an org's ledger from the claims in the archive bucket.
//!
//! ```text
//! R1  read claims, head and items, and once more    if they agree: nothing to do
//!     if they differ
//! R2  put a rebuild claim under the next number     <- every ledger of the org is refused from here on: its readers respond
//!                                                      503, its workers can claim, publish and delete nothing
//! R3  settle the newest batch or merge, if it       its objects exist or can be copied: it is published or switched;
//!     neither took effect nor ended                 otherwise it is void, and nothing was deleted for it
//! R4  write the items that the claims name, delete
//!     others; put the tiles of the newest batch;
//!     then, a minute after R2 or later, the head    <- readers and workers accept the ledger
//! ```
//!
//! A stop anywhere leaves 503; run it again. Passes and readers of the org may run meanwhile, and so may another rebuild:
//! a claim has one author, and all writes of R4 demand that the head is the one that was read after R2.
//!
//! Objects are neither replaced nor deleted, and not needed: a segment whose object is missing stays listed, and searches of
//! its time range return 503.

mod filters;
mod items;
mod log;
mod objects;
mod refusal;

use std::time::Duration;

use audit_core::{
    ChainEnd, Clock as _, Decision, Head, Home, LogId, OrgId, SealedClaim, Seq, claim::RELIED_ON_FOR, explains,
};
use audit_runtime::SystemClock;
use audit_segments::{ClaimPut, SegmentError, SegmentStore};
use audit_tables::{Tables, TablesError, WholeLedger, Written};
use futures::{Stream, StreamExt, stream};
use tokio::time::{Instant, sleep, sleep_until};

pub use refusal::Refusal;

use crate::chain;
use crate::difference::compare;
use crate::replay::Replay;

/// How often claims and ledger are read. A worker of the old ledger may claim the number first.
const ATTEMPTS: usize = 10;
/// The pause before a ledger that differs from its claims is read once more.
const PAUSE: Duration = Duration::from_millis(100);
/// Orgs that are read and written concurrently.
const ORGS: usize = 8;
/// Orgs that wait for their head concurrently.
const WAITING: usize = 4_096;

/// What a rebuild did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// The claims that it read.
    pub claims: u64,
    /// The segments of the ledger.
    pub segments: usize,
    /// The generation that it wrote; `None` if the ledger agreed with its claims.
    pub generation: Option<u64>,
    /// How it settled the newest batch or merge.
    pub settled: Option<Decision>,
    /// The keys of ledger items that could not be read and were replaced or deleted.
    pub malformed: Vec<String>,
    /// Where the ledger ends.
    pub next_seq: Seq,
    /// Segments whose filters were put, since the ledger had none that can be read.
    pub filters: usize,
    /// Why the tiles of the newest batch could not be put.
    pub without_tiles: Option<String>,
    /// Published objects that were missing, and were copied again from staging.
    pub copied: usize,
    /// Published objects that are missing, and no longer staged.
    pub missing: Vec<String>,
}

/// Why a ledger was not rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// A table did not respond.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The archive did not respond, or an object of the newest batch is not the claimed one.
    #[error(transparent)]
    Segments(#[from] SegmentError),
    /// Another process claimed a decision or wrote the ledger.
    #[error("another process changed the ledger or the claims meanwhile; run this command again")]
    Busy,
    /// An operator has to decide first.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Rebuilds ledgers.
#[derive(Debug, Clone)]
pub struct Rebuilder {
    tables: Tables,
    archive: SegmentStore,
    wait: Duration,
}

/// A ledger whose items are written, and whose head is not.
#[derive(Debug)]
struct Pending {
    /// The head that is stored.
    read: Head,
    /// The head that will be.
    next: Head,
    /// When the rebuild was claimed.
    claimed_at: Instant,
}

/// The first half of a rebuild.
#[derive(Debug)]
struct Begun {
    rebuilt: Rebuilt,
    replay: Replay,
    /// `None` if ledger and claims agree.
    pending: Option<Pending>,
}

/// The claims of an org, the newest of which is that of this rebuild.
#[derive(Debug)]
struct Fenced {
    claims: Vec<SealedClaim>,
    replay: Replay,
    claimed_at: Instant,
}

impl Rebuilder {
    /// A rebuilder of the ledgers of these tables.
    pub fn new(tables: Tables, archive: SegmentStore) -> Self {
        Self { tables, archive, wait: RELIED_ON_FOR }
    }

    /// One that waits for another time between claim and head, for a test without readers.
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Rebuilds the ledger of an org, copies published objects that are missing and still staged, and puts filters that
    /// are missing.
    ///
    /// # Guarantees
    /// A ledger that agrees with its claims is not written. What is replaced or missing is reported.
    pub async fn org(&self, org_id: &OrgId) -> Result<Rebuilt, RebuildError> {
        let begun = self.begin(org_id).await?;
        let replay = begun.replay.clone();
        let rebuilt = self.end(org_id, begun).await?;
        let (copied, missing) = objects::restore(&self.archive, org_id, &replay).await?;
        let without_tiles = log::extend(&self.archive, org_id, &replay).await?;
        let filters = rebuilt.filters + self.put_filters(org_id, &replay).await?;
        Ok(Rebuilt { copied, missing, without_tiles, filters, ..rebuilt })
    }

    /// Rebuilds the ledger of every org that has claims, each as soon as its own minute is over.
    ///
    /// # Errors
    /// The claims could not be listed. The error of an org stops no other org.
    pub async fn all(
        &self,
    ) -> Result<impl Stream<Item = (OrgId, Result<Rebuilt, RebuildError>)> + use<>, RebuildError> {
        let orgs = self.archive.claimed_orgs().await?;
        let (one, other) = (self.clone(), self.clone());
        let begun = stream::iter(orgs).map(move |org_id| {
            let this = one.clone();
            async move {
                let begun = this.begin(&org_id).await;
                (org_id, begun)
            }
        });
        let ended = begun.buffer_unordered(ORGS).map(move |(org_id, begun)| {
            let this = other.clone();
            async move {
                let rebuilt = match begun {
                    Ok(begun) => this.end(&org_id, begun).await,
                    Err(error) => Err(error),
                };
                (org_id, rebuilt)
            }
        });
        Ok(ended.buffer_unordered(WAITING))
    }

    /// R1 to R4, up to the head.
    async fn begin(&self, org_id: &OrgId) -> Result<Begun, RebuildError> {
        for attempt in 0..ATTEMPTS {
            let claims = chain::read(&self.archive, org_id).await?;
            let replay = Replay::of(org_id, &claims).map_err(Refusal::Chain)?;
            let ledger = self.tables.ledger.whole(org_id).await?;
            let head = known_head(&ledger)?;
            self.refuse_unknown(org_id, &claims, &ledger).await?;
            let end = chain::end(&self.archive, org_id, head, &claims).await?;
            if ledger.malformed.is_empty() && explains(head, &self.home(), end).is_ok() {
                let (differences, replay) = compare(org_id, &ledger, &claims);
                if let Some(replay) = replay.filter(|_| differences.is_empty()) {
                    return Ok(Begun { rebuilt: rebuilt(&replay), replay, pending: None });
                }
            }
            // Items of a transaction become visible one after the other, so a difference is read once more.
            if attempt == 0 {
                sleep(PAUSE).await;
                continue;
            }
            refuse_truncated(head, &claims, end)?;
            if let Some(violation) = log::compare(&self.archive, org_id, &replay).await? {
                return Err(Refusal::Signed(violation).into());
            }
            if let Some(fenced) = self.fence(org_id, head, claims, replay).await? {
                let malformed = ledger.malformed.iter().map(ToString::to_string).collect();
                return self.write(org_id, fenced, malformed).await;
            }
        }
        Err(RebuildError::Busy)
    }

    /// R2. Returns `None` if another process claimed the number first.
    async fn fence(
        &self,
        org_id: &OrgId,
        head: &Head,
        mut claims: Vec<SealedClaim>,
        mut replay: Replay,
    ) -> Result<Option<Fenced>, RebuildError> {
        let generation = replay.archived.generation.max(head.generation()) + 1;
        let log_id = replay.archived.log_id.or(head.log_id).unwrap_or_else(|| LogId::new(rand::random()));
        let claim = replay.next(org_id, generation, log_id, Decision::Rebuild, SystemClock.now());
        if self.archive.put_claim(org_id, &claim).await? == ClaimPut::Forked {
            return Ok(None);
        }
        let claimed_at = Instant::now();
        replay.add(org_id, &claim).map_err(Refusal::Chain)?;
        claims.push(claim);
        Ok(Some(Fenced { claims, replay, claimed_at }))
    }

    /// R3 and the items of R4.
    async fn write(&self, org_id: &OrgId, fenced: Fenced, malformed: Vec<String>) -> Result<Begun, RebuildError> {
        let Fenced { mut claims, mut replay, claimed_at } = fenced;
        // A worker may have written the old ledger until it was fenced, and may write it once more.
        let ledger = self.tables.ledger.whole(org_id).await?;
        let read = known_head(&ledger)?.clone();
        let settled = objects::settle(&self.archive, &replay).await?;
        if let (Some(decision), Some(log_id)) = (settled.clone(), replay.archived.log_id) {
            let claim = replay.next(org_id, replay.archived.generation, log_id, decision, SystemClock.now());
            if self.archive.put_claim(org_id, &claim).await? == ClaimPut::Forked {
                return Err(RebuildError::Busy);
            }
            replay.add(org_id, &claim).map_err(Refusal::Chain)?;
            claims.push(claim);
        }
        items::write(&self.tables.ledger, org_id, (&ledger, &read), (&claims, &replay)).await?;
        let without_tiles = log::extend(&self.archive, org_id, &replay).await?;
        let filters = self.put_filters(org_id, &replay).await?;
        let next = read.rebuilt(&self.home(), &replay.archived);
        let rebuilt = Rebuilt {
            generation: Some(next.generation()),
            settled,
            malformed,
            without_tiles,
            filters,
            ..rebuilt(&replay)
        };
        Ok(Begun { rebuilt, replay, pending: Some(Pending { read, next, claimed_at }) })
    }

    /// R4: the head. Of two rebuilds, the one whose claim is the newest writes it.
    async fn end(&self, org_id: &OrgId, begun: Begun) -> Result<Rebuilt, RebuildError> {
        let Some(Pending { read, next, claimed_at }) = begun.pending else { return Ok(begun.rebuilt) };
        sleep_until(claimed_at + self.wait).await;
        let chain = self.archive.chain_end(org_id, &next).await?;
        if explains(&next, &self.home(), chain).is_err() {
            return Err(RebuildError::Busy);
        }
        // A write whose response was lost is sent again and loses to itself: the head shows whether it was applied.
        match self.tables.ledger.replace_head(org_id, &read, &next).await? {
            Written::Lost if self.tables.ledger.head(org_id).await? != next => Err(RebuildError::Busy),
            Written::Applied | Written::Lost => Ok(begun.rebuilt),
        }
    }

    async fn put_filters(&self, org_id: &OrgId, replay: &Replay) -> Result<usize, RebuildError> {
        filters::put_missing(&self.tables.ledger, &self.archive, org_id, replay.segments()).await
    }

    fn home(&self) -> Home {
        chain::home(self.tables.ledger.name(), &self.archive)
    }

    /// Refuses an org that has nothing: it is not registered, and has neither claims nor a ledger nor rows.
    async fn refuse_unknown(
        &self,
        org_id: &OrgId,
        claims: &[SealedClaim],
        ledger: &WholeLedger,
    ) -> Result<(), RebuildError> {
        let is_known = !claims.is_empty()
            || !ledger.is_empty()
            || self.tables.orgs.get(org_id).await?.is_some()
            || self.tables.events.waiting(org_id, 1).await? > 0;
        if is_known { Ok(()) } else { Err(Refusal::Unknown(org_id.clone()).into()) }
    }
}

fn known_head(ledger: &WholeLedger) -> Result<&Head, Refusal> {
    let malformed = || ledger.malformed.first().map(ToString::to_string).unwrap_or_default();
    ledger.head.as_ref().ok_or_else(|| Refusal::Head(malformed()))
}

/// Refuses a chain whose newest claims are missing: their rows may be deleted, and the batches would be dropped.
fn refuse_truncated(head: &Head, claims: &[SealedClaim], end: ChainEnd) -> Result<(), Refusal> {
    let found = claims.len() as u64;
    // The newest decision may not be claimed yet, while it is an open one's.
    let unclaimed = u64::from(head.open.is_some() || head.merge.is_some());
    if end.newest.is_none() && head.claims > found + unclaimed {
        return Err(Refusal::Truncated { found, counted: head.claims });
    }
    Ok(())
}

fn rebuilt(replay: &Replay) -> Rebuilt {
    let (claims, next_seq) = (replay.archived.claims, replay.archived.next_seq);
    Rebuilt { claims, next_seq, segments: replay.segments().count(), ..Rebuilt::default() }
}
