//! The ledger of an org: its head, its batches, and the transitions of the head.

use crate::claim::SealedClaim;
use crate::log_id::LogId;
use crate::merge::OpenMerge;
use crate::segment::{SegmentName, SegmentRecord};
use crate::seq::Seq;
use crate::sha256::Sha256;
use crate::time::{Day, Month};
use crate::tree::Frontier;

/// The phase of an open batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// In the ledger. Some segments may not be copied to their final keys yet, so no reader reads them.
    Committed,
    /// All segments have their final keys. Some hot rows may not be deleted yet.
    Published,
    /// It ended without having been published: its items left the ledger, and its rows are hot. The claim of this
    /// decision may not be put yet.
    Void,
}

/// The batch that is not finished yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenBatch {
    /// Its first sequence number, which identifies it.
    pub first_seq: Seq,
    /// Its phase.
    pub phase: Phase,
}

/// The gap in version numbers between ledger generations. A version grows by three per batch and per merge, and one per
/// day, so it cannot reach the next generation, and no worker can have a version that a rebuilt ledger reuses.
const VERSIONS_APART: u64 = 1 << 40;

/// Where a ledger and its archive are. A copy of a ledger in another table has another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// The name of the ledger table.
    pub table: String,
    /// The name of the archive bucket.
    pub bucket: String,
}

/// What an org's claims say about its head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Archived {
    /// The generation of the newest claim.
    pub generation: u64,
    /// The sequence number after the newest batch that is not void.
    pub next_seq: Seq,
    /// The number of claims.
    pub claims: u64,
    /// The SHA-256 of the newest claim.
    pub newest: Option<Sha256>,
    /// The org's log.
    pub log_id: Option<LogId>,
    /// The tree of the published rows.
    pub frontier: Frontier,
    /// The number of merges.
    pub merges: u64,
    /// The newest merge that was switched.
    pub merged: u64,
    /// The newest merge, if it was switched: its sources may not be deleted yet.
    pub merge: Option<OpenMerge>,
}

/// The one item that all workers and readers of an org agree on. The default is an absent head.
///
/// # Guarantees
/// Written only if the stored version is the one that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Where the ledger was written.
    pub home: Home,
    /// The version; every write raises it.
    pub version: u64,
    /// The sequence number of the next row.
    pub next_seq: Seq,
    /// The batch that must be finished before another one begins.
    pub open: Option<OpenBatch>,
    /// The last UTC day on which the past days were archived.
    pub daily: Option<Day>,
    /// The number of claims, which is the number of the next one.
    pub claims: u64,
    /// The SHA-256 of the newest claim; `None` before the first one.
    pub claim: Option<Sha256>,
    /// The org's log; `None` before the first commit.
    pub log_id: Option<LogId>,
    /// The tree of the rows below [`visible_seq`](Self::visible_seq).
    pub frontier: Frontier,
    /// The number of merges, which is the number of the newest one.
    pub merges: u64,
    /// The newest merge whose targets readers use; 0 before the first one.
    pub merged: u64,
    /// The merge that must be finished before another one begins, and unless it is switched, before another batch.
    pub merge: Option<OpenMerge>,
}

impl Head {
    /// Whether the org has no head.
    pub fn is_absent(&self) -> bool {
        self.version == 0
    }

    /// Returns the generation of the ledger. A rebuild starts a new one; values cached from another one are stale.
    pub fn generation(&self) -> u64 {
        self.version / VERSIONS_APART
    }

    /// Returns the sequence number below which segments are readable.
    pub fn visible_seq(&self) -> Seq {
        match self.open {
            Some(OpenBatch { first_seq, phase: Phase::Committed }) => first_seq,
            _ => self.next_seq,
        }
    }

    /// Returns the head that commits a batch of `rows`, by a worker of this home.
    pub fn committing(&self, rows: u64, home: &Home, log_id: LogId, claim: &SealedClaim) -> Self {
        let open = OpenBatch { first_seq: self.next_seq, phase: Phase::Committed };
        let next_seq = self.next_seq.plus(rows);
        Self { home: home.clone(), log_id: Some(log_id), next_seq, open: Some(open), ..self.deciding(claim) }
    }

    /// Returns the head after the open batch, with which the tree is `frontier`, was published.
    pub fn publishing(&self, frontier: &Frontier, claim: &SealedClaim) -> Self {
        let open = self.open.map(|open| OpenBatch { phase: Phase::Published, ..open });
        Self { open, frontier: frontier.clone(), ..self.deciding(claim) }
    }

    /// Returns the head after the open batch, which was never published, became void: its numbers are used again.
    pub fn voiding(&self, claim: &SealedClaim) -> Self {
        let open = self.open.map(|open| OpenBatch { phase: Phase::Void, ..open });
        Self { open, next_seq: self.open.map_or(self.next_seq, |open| open.first_seq), ..self.deciding(claim) }
    }

    /// Returns the head after the open batch was published and its hot rows were deleted, or after its end was claimed.
    pub fn closing(&self) -> Self {
        Self { version: self.version + 1, open: None, ..self.clone() }
    }

    /// Returns the head of a rebuilt ledger: what the claims of an org decided, of which a rebuild is one.
    pub fn rebuilt(&self, home: &Home, archived: &Archived) -> Self {
        Self {
            home: home.clone(),
            version: archived.generation * VERSIONS_APART,
            next_seq: archived.next_seq,
            open: None,
            daily: self.daily,
            claims: archived.claims,
            claim: archived.newest,
            log_id: archived.log_id,
            frontier: archived.frontier.clone(),
            merges: archived.merges,
            merged: archived.merged,
            merge: archived.merge,
        }
    }

    /// Returns the head after the past days were archived on `today`, by a worker of this home.
    pub fn after_daily(&self, today: Day, home: &Home) -> Self {
        Self { version: self.version + 1, daily: Some(today), home: home.clone(), ..self.clone() }
    }

    pub(crate) fn deciding(&self, claim: &SealedClaim) -> Self {
        let (claims, claim) = (claim.number + 1, Some(claim.sha256()));
        Self { version: self.version + 1, claims, claim, ..self.clone() }
    }
}

/// The record of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRecord {
    /// Its first sequence number, which identifies it.
    pub first_seq: Seq,
    /// Its rows.
    pub rows: u64,
    /// Its segments, in the order of their sequence numbers.
    pub segments: Vec<SegmentName>,
}

impl BatchRecord {
    /// Returns the batch of these segments, which tile it in order.
    pub fn of(first_seq: Seq, segments: &[SegmentRecord]) -> Self {
        let names = segments.iter().map(SegmentRecord::name);
        Self { first_seq, rows: segments.iter().map(|segment| segment.rows).sum(), segments: names.collect() }
    }

    /// Returns the month of each segment.
    pub fn months(&self) -> impl Iterator<Item = Month> {
        self.segments.iter().map(|name| name.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::MergePhase;

    const LOG: fn() -> LogId = || LogId::new([7; 16]);

    fn home() -> Home {
        Home { table: "ledger".to_owned(), bucket: "archive".to_owned() }
    }

    /// The tree of this many rows.
    fn tree(rows: u64) -> Frontier {
        let mut frontier = Frontier::default();
        (0..rows).for_each(|row| frontier.push(Sha256::of(&row.to_be_bytes())));
        frontier
    }

    fn claim(number: u64) -> SealedClaim {
        SealedClaim { number, bytes: number.to_string().into_bytes() }
    }

    fn head() -> Head {
        Head {
            version: 4,
            next_seq: Seq(10),
            claims: 2,
            claim: Some(claim(1).sha256()),
            frontier: tree(10),
            ..Head::default()
        }
    }

    #[test]
    fn a_batch_becomes_visible_when_it_is_published() {
        let committed = head().committing(5, &home(), LOG(), &claim(2));
        assert_eq!((committed.next_seq, committed.visible_seq(), committed.version), (Seq(15), Seq(10), 5));
        assert_eq!((committed.claims, committed.claim, committed.log_id), (3, Some(claim(2).sha256()), Some(LOG())));
        let published = committed.publishing(&tree(15), &claim(3));
        assert_eq!((&committed.frontier, &published.frontier), (&tree(10), &tree(15)));
        assert_eq!((published.visible_seq(), published.version, published.claims), (Seq(15), 6, 4));
        let closed = published.closing();
        assert_eq!((closed.open, closed.next_seq, closed.version, closed.claims), (None, Seq(15), 7, 4));
    }

    #[test]
    fn a_void_batch_leaves_its_numbers_to_the_next_one_and_no_claim_number() {
        let void = head().committing(5, &home(), LOG(), &claim(2)).voiding(&claim(3));
        assert_eq!((void.next_seq, void.visible_seq(), void.claims, &void.frontier), (Seq(10), Seq(10), 4, &tree(10)));
        assert_eq!(void.open, Some(OpenBatch { first_seq: Seq(10), phase: Phase::Void }));
        let next = void.closing().committing(7, &home(), LOG(), &claim(4));
        assert_eq!((next.visible_seq(), next.next_seq, next.claims), (Seq(10), Seq(17), 5));
    }

    #[test]
    fn a_rebuilt_head_has_a_version_that_no_worker_holds() {
        let lost = Head { version: 5_000, daily: Some(Day(3)), ..head() }.committing(5, &home(), LOG(), &claim(2));
        let (newest, log_id) = (Some(claim(9).sha256()), Some(LOG()));
        let archived = Archived {
            generation: lost.generation() + 1,
            next_seq: Seq(20),
            claims: 10,
            newest,
            log_id,
            frontier: tree(20),
            merges: 3,
            merged: 3,
            merge: Some(OpenMerge { number: 3, phase: MergePhase::Switched, since: Day(3).start() }),
        };
        let rebuilt = lost.rebuilt(&home(), &archived);
        assert!(rebuilt.version > lost.version + 100_000);
        assert_eq!((rebuilt.next_seq, rebuilt.open, rebuilt.generation()), (Seq(20), None, 1));
        assert_eq!((rebuilt.claims, rebuilt.claim, &rebuilt.home), (10, newest, &home()));
        assert_eq!((rebuilt.merges, rebuilt.merged, rebuilt.merge), (3, 3, archived.merge));
        assert_eq!((rebuilt.log_id, rebuilt.daily, rebuilt.frontier), (log_id, Some(Day(3)), tree(20)));
    }
}
