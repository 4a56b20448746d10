//! The state of the model.

use std::collections::{BTreeMap, BTreeSet};

use audit_core::{
    ChainEnd, Frontier, Head, Home, LedgerRefusal, LogId, MergeRecord, MergeSource, Month, SealedClaim, SegmentName,
    Seq, Sha256, UnixMicros, Visible, explains,
};

use super::Setting;

/// The bytes of a claim: its kind (`b`, `p`, `m`, `s`, `a` or `r`), and what distinguishes a decision from another.
pub(super) type Record = String;

/// The claims at the start, when the objects `a` and `b` are published.
const PUBLISHED: [&str; 4] = ["ba", "pa", "bb", "pb"];

/// A ledger: its head, what it decided, and the segments that it lists.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ledger {
    pub(super) head: Head,
    pub(super) records: Vec<Record>,
    pub(super) items: BTreeSet<String>,
}

/// Where a worker is. The names are those of the steps of a merge.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Worker {
    SettledHead,
    /// It compares the head with the chain.
    Check(Ledger),
    Work(Ledger),
    Decide(Ledger),
    Claim(Ledger),
    CopyTargets(Ledger),
    Switch(Ledger),
    Abandon(Ledger),
    /// It deletes the objects of the sources or the target that are in the list.
    DeleteObjects(Ledger, Vec<String>),
    DropItems(Ledger),
    End(Ledger),
    /// Nothing is left to do, or it was refused.
    Ended,
}

/// Where a reader is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reader {
    Start,
    /// It lists the segments that the head shows.
    List(usize, Head),
    /// It opens these, and compares the head with the chain.
    Open(usize, Head, Vec<String>, usize),
    /// It compares a later head with the chain.
    Check(usize, Vec<String>, Ledger),
    Answered(Vec<String>),
    Refused,
}

/// Where the rebuild is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rebuild {
    Off,
    /// Its generation is claimed.
    Fenced,
    /// The newest merge is settled.
    Settled,
    Done,
}

#[derive(Debug, Clone)]
pub(super) struct State {
    /// The ledger, the copy of it, and the rebuilt one.
    pub(super) ledgers: [Option<Ledger>; 3],
    /// Workers, with the ledger of each.
    pub(super) workers: Vec<(usize, Worker)>,
    pub(super) reader: Reader,
    pub(super) rebuild: Rebuild,
    pub(super) chain: BTreeMap<u64, Record>,
    pub(super) objects: BTreeSet<String>,
    pub(super) is_staged: bool,
}

pub(super) fn home() -> Home {
    Home { table: "ledger".to_owned(), bucket: "archive".to_owned() }
}

pub(super) fn sealed(number: u64, record: &str) -> SealedClaim {
    SealedClaim { number, bytes: record.as_bytes().to_vec() }
}

pub(super) fn now() -> UnixMicros {
    UnixMicros::new(1)
}

/// The name of a segment: `a` and `b` are those of a pass, others of the first merge.
pub(super) fn name(item: &str) -> SegmentName {
    let month: Month = now().day().month();
    match item {
        "a" => SegmentName { month, first_seq: Seq(0), merge: 0 },
        "b" => SegmentName { month, first_seq: Seq(1), merge: 0 },
        _ => SegmentName { month, first_seq: Seq(0), merge: 1 },
    }
}

/// The record of the merge of a and b.
fn merge() -> MergeRecord {
    let source = |item| MergeSource { name: name(item), key: String::new(), sha256: Sha256([0; 32]) };
    MergeRecord {
        number: 1,
        month: now().day().month(),
        sources: vec![source("a"), source("b")],
        targets: vec![name("t")],
        rows: 2,
        decided_at: now(),
    }
}

impl Ledger {
    fn start() -> Self {
        let mut head = Head::default();
        for (number, record) in (0..).zip(PUBLISHED) {
            let claim = sealed(number, record);
            head = match record.as_bytes()[0] {
                b'b' => head.committing(1, &home(), LogId::new([1; 16]), &claim),
                _ => head.publishing(&Frontier::default(), &claim).closing(),
            };
        }
        let items = ["a", "b"].map(str::to_owned).into();
        Self { head, records: PUBLISHED.map(str::to_owned).to_vec(), items }
    }

    /// The claim of its merge, which is the name of the target.
    pub(super) fn target(&self) -> Option<&Record> {
        self.records.iter().rfind(|record| record.starts_with('m'))
    }

    /// The segments that a head of it shows, of those that are listed.
    pub(super) fn shown(&self, head: &Head) -> Vec<String> {
        let visible = Visible::of(head, Some(&merge()));
        self.items.iter().filter(|item| visible.shows(name(item))).cloned().collect()
    }

    pub(super) fn key(&self) -> String {
        let merge = self.head.merge.map(|merge| merge.phase);
        format!("{merge:?}{}{:?}{:?}", self.head.version, self.records, self.items)
    }
}

impl State {
    pub(super) fn start(setting: Setting) -> Self {
        let workers = if setting.second_worker { 2 } else { 1 };
        Self {
            ledgers: [Some(Ledger::start()), None, None],
            workers: vec![(0, Worker::SettledHead); workers],
            reader: Reader::Start,
            rebuild: Rebuild::Off,
            chain: (0..).zip(PUBLISHED.map(str::to_owned)).collect(),
            objects: ["a", "b"].map(str::to_owned).into(),
            is_staged: true,
        }
    }

    /// The implementation's verdict on a head.
    pub(super) fn verdict(&self, ledger: &Ledger) -> Result<(), LedgerRefusal> {
        let claims = ledger.head.claims;
        let newest = claims.checked_sub(1).and_then(|newest| Some(sealed(newest, self.chain.get(&newest)?).sha256()));
        explains(&ledger.head, &home(), ChainEnd { has_next: self.chain.contains_key(&claims), newest })
    }

    /// The claimed merge, and whether it is switched or void.
    pub(super) fn claimed(&self) -> Option<(&Record, bool, bool)> {
        let merge = self.chain.values().find(|record| record.starts_with('m'))?;
        let has = |kind: char| self.chain.values().any(|record| record.starts_with(kind));
        Some((merge, has('s'), has('a')))
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        if let Reader::Answered(read) = &self.reader {
            let is_target = read.len() == 1 && !["a", "b"].contains(&read[0].as_str());
            if !is_target && *read != ["a", "b"] {
                return Err("G1 is violated");
            }
        }
        let has = |object: &str| self.objects.contains(object);
        let has_target = self.objects.iter().any(|object| object.starts_with('m'));
        let has_sources = has("a") && has("b");
        if !has_sources && !has_target {
            return Err("G2 is violated");
        }
        if let Some(rebuilt) = &self.ledgers[2]
            && rebuilt.shown(&rebuilt.head).iter().any(|object| !has(object))
        {
            return Err("G3 is violated");
        }
        let claimed = self.claimed();
        let mut targets = self.objects.iter().filter(|object| object.starts_with('m'));
        if targets.any(|target| claimed.is_none_or(|(merge, ..)| merge != target)) {
            return Err("G4 is violated");
        }
        Ok(())
    }

    /// A text that is the same for equal states.
    pub(super) fn key(&self) -> String {
        let ledgers = self.ledgers.each_ref().map(|ledger| ledger.as_ref().map(Ledger::key));
        let workers: Vec<_> = self.workers.iter().map(|(table, worker)| (table, worker.key())).collect();
        let reader = match &self.reader {
            Reader::List(table, head) => format!("list {table} {}", head.version),
            Reader::Open(table, head, listed, at) => format!("open {table} {} {listed:?} {at}", head.version),
            Reader::Check(table, listed, read) => format!("check {table} {listed:?} {}", read.key()),
            other => format!("{other:?}"),
        };
        let Self { rebuild, chain, objects, is_staged, .. } = self;
        format!("{ledgers:?}{workers:?}{reader}{rebuild:?}{chain:?}{objects:?}{is_staged}")
    }
}

impl Worker {
    fn key(&self) -> String {
        let (step, read) = match self {
            Self::SettledHead => ("settled_head", None),
            Self::Check(read) => ("check", Some(read)),
            Self::Work(read) => ("work", Some(read)),
            Self::Decide(read) => ("decide", Some(read)),
            Self::Claim(read) => ("claim", Some(read)),
            Self::CopyTargets(read) => ("copy_targets", Some(read)),
            Self::Switch(read) => ("switch", Some(read)),
            Self::Abandon(read) => ("abandon", Some(read)),
            Self::DeleteObjects(read, left) => return format!("delete_objects {left:?} {}", read.key()),
            Self::DropItems(read) => ("drop_items", Some(read)),
            Self::End(read) => ("end", Some(read)),
            Self::Ended => ("ended", None),
        };
        format!("{step} {}", read.map(Ledger::key).unwrap_or_default())
    }
}
