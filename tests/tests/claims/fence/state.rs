//! The state of the model.

use std::collections::{BTreeMap, BTreeSet};

use audit_core::{ChainEnd, Head, Home, LedgerRefusal, LogId, Phase, SealedClaim, explains};

use super::Setting;

/// The rows.
const ROWS: [char; 2] = ['a', 'b'];

/// The bytes of a claim: its kind (`b`, `p` or `v`), and for a batch its row and its object.
pub(super) type Record = String;

/// A ledger: its head, and what it decided.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ledger {
    pub(super) head: Head,
    pub(super) records: Vec<Record>,
}

/// Where a worker is. The names are those of the steps of `protocol.rs`, `claims.rs` and `pass.rs`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Worker {
    /// It reads the head.
    SettledHead,
    /// It compares the head with the chain.
    Check(Ledger),
    /// It finishes the open batch, or reads hot rows.
    Work(Ledger),
    Commit(Ledger, char),
    Claim(Ledger),
    CopySegments(Ledger),
    Publish(Ledger),
    Void(Ledger),
    DeleteRows(Ledger),
    Close(Ledger),
    /// Nothing is left to do, or it was refused.
    Ended,
}

/// Where a reader is.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a model of few states needs no box")]
pub(super) enum Reader {
    Start,
    /// It has read the hot rows, and reads the head of this ledger.
    Head(usize, BTreeSet<char>),
    /// It compares the second head with the chain, and answers by the first one.
    Check(usize, BTreeSet<char>, Ledger, Ledger),
    Answered(BTreeSet<char>),
    Refused,
}

#[derive(Debug, Clone)]
pub(super) struct State {
    /// The ledger, and the copy of it.
    pub(super) ledgers: [Option<Ledger>; 2],
    /// Workers, with the ledger of each.
    pub(super) workers: Vec<(usize, Worker)>,
    pub(super) reader: Reader,
    pub(super) chain: BTreeMap<u64, Record>,
    pub(super) hot: BTreeSet<char>,
    /// All rows.
    pub(super) rows: BTreeSet<char>,
    pub(super) objects: BTreeSet<String>,
    /// The staged objects of batches whose claims are below this number expired.
    pub(super) expired_below: u64,
}

impl Ledger {
    pub(super) fn absent() -> Self {
        Self { head: Head::default(), records: Vec::new() }
    }

    /// The batches that are not void, visible ones only if `visible`.
    pub(super) fn batches(&self, visible: bool) -> Vec<&Record> {
        let mut live = live(self.records.iter());
        let is_committed = self.head.open.is_some_and(|open| open.phase == Phase::Committed);
        if visible && is_committed {
            live.pop();
        }
        live
    }

    fn key(&self) -> String {
        format!("{:?}{:?}", self.head.open.map(|open| open.phase), self.records)
    }
}

/// The batches of a chain that are not void.
fn live<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<&'a Record> {
    let mut live = Vec::new();
    for record in records {
        match record.as_bytes()[0] {
            b'b' => live.push(record),
            b'v' => _ = live.pop(),
            _ => {}
        }
    }
    live
}

/// The row of a batch.
pub(super) fn row(batch: &Record) -> char {
    batch.as_bytes()[1] as char
}

pub(super) fn home() -> Home {
    Home { table: "ledger".to_owned(), bucket: "archive".to_owned() }
}

pub(super) fn log_id() -> LogId {
    LogId::new([1; 16])
}

pub(super) fn sealed(number: u64, record: &Record) -> SealedClaim {
    SealedClaim { number, bytes: record.clone().into_bytes() }
}

impl State {
    pub(super) fn start(setting: Setting) -> Self {
        let workers = if setting.second_worker { 2 } else { 1 };
        let rows: BTreeSet<char> = ROWS.into_iter().take(if setting.expiry { 1 } else { 2 }).collect();
        Self {
            ledgers: [Some(Ledger::absent()), None],
            workers: vec![(0, Worker::SettledHead); workers],
            reader: Reader::Start,
            chain: BTreeMap::new(),
            hot: rows.clone(),
            rows,
            objects: BTreeSet::new(),
            expired_below: 0,
        }
    }

    /// The implementation's verdict on a head.
    pub(super) fn verdict(&self, ledger: &Ledger, asks_next: bool) -> Result<(), LedgerRefusal> {
        let claims = ledger.head.claims;
        let newest = claims.checked_sub(1).and_then(|newest| Some(sealed(newest, self.chain.get(&newest)?).sha256()));
        let has_next = asks_next && self.chain.contains_key(&claims);
        explains(&ledger.head, &home(), ChainEnd { has_next, newest })
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        if let Reader::Answered(rows) = &self.reader
            && *rows != self.rows
        {
            return Err("F1 is violated");
        }
        let claimed = live(self.chain.values());
        let rows: BTreeSet<char> = claimed.iter().map(|batch| row(batch)).collect();
        if rows.len() < claimed.len() {
            return Err("F2 is violated");
        }
        let is_stored = |of: char| claimed.iter().any(|batch| row(batch) == of && self.objects.contains(*batch));
        if self.rows.iter().any(|row| !self.hot.contains(row) && !is_stored(*row)) {
            return Err("F3 is violated");
        }
        if self.objects.iter().any(|object| !claimed.contains(&object)) {
            return Err("F4 is violated");
        }
        Ok(())
    }

    /// A text that is the same for equal states.
    pub(super) fn key(&self) -> String {
        let ledgers = self.ledgers.each_ref().map(|ledger| ledger.as_ref().map(Ledger::key));
        let workers: Vec<_> = self.workers.iter().map(|(table, worker)| (table, worker.key())).collect();
        let reader = match &self.reader {
            Reader::Check(table, hot, read, stored) => format!("{table}{hot:?}{}{}", read.key(), stored.key()),
            other => format!("{other:?}"),
        };
        let Self { chain, hot, objects, expired_below, .. } = self;
        format!("{ledgers:?}{workers:?}{reader}{chain:?}{hot:?}{objects:?}{expired_below}")
    }
}

impl Worker {
    fn key(&self) -> String {
        match self {
            Self::SettledHead => "settled_head".to_owned(),
            Self::Check(read) => format!("check {}", read.key()),
            Self::Work(read) => format!("work {}", read.key()),
            Self::Commit(read, row) => format!("commit {row} {}", read.key()),
            Self::Claim(read) => format!("claim {}", read.key()),
            Self::CopySegments(read) => format!("copy_segments {}", read.key()),
            Self::Publish(read) => format!("publish {}", read.key()),
            Self::Void(read) => format!("void {}", read.key()),
            Self::DeleteRows(read) => format!("delete_rows {}", read.key()),
            Self::Close(read) => format!("close {}", read.key()),
            Self::Ended => "ended".to_owned(),
        }
    }
}
