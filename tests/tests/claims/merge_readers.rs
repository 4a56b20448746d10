//! A model of a reader beside a merge: every interleaving of both, in every order in which the ledger's items may be
//! listed.
//!
//! DynamoDB applies the items of a transaction at one moment for its writer only: a reader may see one of them before and
//! another one after it. So a transaction is a set of writes that are applied in any order, and its author continues when
//! all of them are. Heads, and what they show, are those of the implementation.

use std::collections::BTreeSet;

use audit_core::{Head, MergeRecord, MergeSource, SealedClaim, SegmentName, Seq, Sha256, UnixMicros, Visible};

use crate::explore::explore;

/// A segment: the rows that it contains, and the merge that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Segment(&'static [u64], u64);

const ONE: Segment = Segment(&[1], 0);
const TWO: Segment = Segment(&[2], 0);
const THREE: Segment = Segment(&[3], 0);

/// A deviation from the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// A reader does not compare the head after it listed the segments.
    HeadReadOnce,
    /// A reader shows the sources of a switched merge too.
    SourcesShown,
    /// The items of the sources are deleted in the transaction that ends the merge.
    DeletedWithHead,
    /// The switch replaces the items of the sources by those of the targets.
    ReplacedBySwitch,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Write {
    Head(u64),
    Put(Segment),
    Delete(Segment),
}

#[derive(Debug, Clone)]
enum Step {
    Transaction(Vec<Write>),
    Create(Segment),
    Remove(Segment),
}

/// What a merging worker does, and the heads that it writes, by their versions.
struct Program {
    steps: Vec<Step>,
    heads: Vec<Head>,
    merges: Vec<MergeRecord>,
    bug: Option<Bug>,
}

fn name(Segment(rows, merge): Segment) -> SegmentName {
    SegmentName { month: UnixMicros::new(1).day().month(), first_seq: Seq(rows[0]), merge }
}

impl Program {
    fn new(bug: Option<Bug>) -> Self {
        let head = Head { next_seq: Seq(4), ..Head::default() };
        Self { steps: Vec::new(), heads: vec![head], merges: Vec::new(), bug }
    }

    fn head(&self) -> Head {
        self.heads[self.heads.len() - 1].clone()
    }

    fn write(&mut self, head: Head, mut others: Vec<Write>) {
        self.heads.push(head);
        others.push(Write::Head(self.heads.len() as u64 - 1));
        self.steps.push(Step::Transaction(others));
    }

    /// M2 and M3, and then either M4 and M5, or the end of an abandoned merge.
    fn merge(mut self, sources: &[Segment], target: Segment, is_switched: bool) -> Self {
        let (at, claim) = (UnixMicros::new(1), SealedClaim { number: 0, bytes: Vec::new() });
        let source = |of: &Segment| MergeSource { name: name(*of), key: String::new(), sha256: Sha256([0; 32]) };
        self.merges.push(MergeRecord {
            number: target.1,
            month: name(target).month,
            sources: sources.iter().map(source).collect(),
            targets: vec![name(target)],
            rows: 1,
            decided_at: at,
        });
        let replaced = self.bug == Some(Bug::ReplacedBySwitch);
        let put = if replaced { Vec::new() } else { vec![Write::Put(target)] };
        self.write(self.head().deciding_merge(at, &claim), put);
        self.steps.push(Step::Create(target));
        let left = if is_switched { sources } else { &[target] };
        let deletes: Vec<_> = left.iter().copied().map(Write::Delete).collect();
        match is_switched {
            true if replaced => {
                let puts = deletes.iter().cloned().chain([Write::Put(target)]).collect();
                self.write(self.head().switching(at, &claim), puts);
            }
            true => self.write(self.head().switching(at, &claim), Vec::new()),
            false => self.write(self.head().abandoning(at, &claim), Vec::new()),
        }
        if self.bug != Some(Bug::DeletedWithHead) {
            self.steps.extend(left.iter().copied().map(Step::Remove));
            self.steps.extend(deletes.into_iter().map(|delete| Step::Transaction(vec![delete])));
            self.write(self.head().ending_merge(), Vec::new());
        } else {
            self.write(self.head().ending_merge(), deletes);
            self.steps.extend(left.iter().copied().map(Step::Remove));
        }
        self
    }

    fn shows(&self, head: &Head, segment: Segment) -> bool {
        let record = self.merges.iter().find(|merge| head.switched() == Some(merge.number));
        let record = record.filter(|_| self.bug != Some(Bug::SourcesShown));
        Visible::of(head, record).shows(name(segment))
    }

    /// Every segment that is listed at any time.
    fn segments(&self, start: &[Segment]) -> Vec<Segment> {
        let created = self.steps.iter().filter_map(|step| match step {
            Step::Create(segment) => Some(*segment),
            _ => None,
        });
        start.iter().copied().chain(created).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Reader {
    Head,
    /// It has read this head, and has looked for this many segments, of which it saw these.
    List(u64, usize, Vec<Segment>),
    /// It compares the head, and then opens what the head shows.
    Listed(u64, Vec<Segment>),
    Open(u64, Vec<Segment>, usize),
    Answered(Vec<Segment>),
    Unreadable,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    items: BTreeSet<Segment>,
    objects: BTreeSet<Segment>,
    /// The head, by its place in the program.
    head: u64,
    /// The next step of the worker, and what is not applied of its transaction.
    step: usize,
    pending: Vec<Write>,
    reader: Reader,
}

impl State {
    fn apply(&mut self, write: &Write) {
        match write {
            Write::Head(head) => self.head = *head,
            Write::Put(segment) => _ = self.items.insert(*segment),
            Write::Delete(segment) => _ = self.items.remove(segment),
        }
    }

    /// Every state that one move of the worker makes of this one.
    fn worker(&self, program: &Program) -> Vec<Self> {
        let Some(step) = program.steps.get(self.step) else { return Vec::new() };
        let next = Self { step: self.step + 1, ..self.clone() };
        match step {
            Step::Create(segment) => {
                let objects = self.objects.iter().copied().chain([*segment]).collect();
                vec![Self { objects, ..next }]
            }
            Step::Remove(segment) => {
                let objects = self.objects.iter().copied().filter(|object| object != segment).collect();
                vec![Self { objects, ..next }]
            }
            Step::Transaction(writes) => {
                let left = if self.pending.is_empty() { writes } else { &self.pending };
                let one = |at: usize| {
                    let mut next = self.clone();
                    next.apply(&left[at]);
                    next.pending = left.clone();
                    next.pending.remove(at);
                    next.step += usize::from(next.pending.is_empty());
                    next
                };
                (0..left.len()).map(one).collect()
            }
        }
    }

    /// The state after the reader's next move.
    fn reader(&self, program: &Program, order: &[Segment]) -> Option<Self> {
        let head = |at: u64| &program.heads[at as usize];
        let is_outdated = |read: u64| head(read).merged != head(self.head).merged;
        let reader = match &self.reader {
            Reader::Head => Reader::List(self.head, 0, Vec::new()),
            Reader::List(read, at, seen) if *at < order.len() => {
                let segment = order[*at];
                let found = self.items.contains(&segment).then_some(segment);
                Reader::List(*read, at + 1, seen.iter().copied().chain(found).collect())
            }
            Reader::List(read, _, seen) => Reader::Listed(*read, seen.clone()),
            Reader::Listed(read, _) if is_outdated(*read) && program.bug != Some(Bug::HeadReadOnce) => Reader::Head,
            Reader::Listed(read, seen) => {
                let shown = seen.iter().copied().filter(|segment| program.shows(head(*read), *segment));
                Reader::Open(*read, shown.collect(), 0)
            }
            Reader::Open(_, shown, at) if *at == shown.len() => Reader::Answered(shown.clone()),
            Reader::Open(read, shown, at) if self.objects.contains(&shown[*at]) => {
                Reader::Open(*read, shown.clone(), at + 1)
            }
            Reader::Open(read, ..) if is_outdated(*read) => Reader::Head,
            Reader::Open(..) => Reader::Unreadable,
            Reader::Answered(_) | Reader::Unreadable => return None,
        };
        Some(Self { reader, ..self.clone() })
    }
}

fn permutations(of: &[Segment]) -> Vec<Vec<Segment>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let with_first = |at: usize| {
        let mut rest = of.to_vec();
        let first = rest.remove(at);
        permutations(&rest).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..of.len()).flat_map(with_first).collect()
}

/// Explores every state, with each order of the listed items; returns how many there are, or the first wrong answer.
fn explored(program: &Program, start: &[Segment]) -> Result<usize, String> {
    let rows: Vec<u64> = start.iter().flat_map(|segment| segment.0).copied().collect();
    let check = |state: &State| match &state.reader {
        Reader::Answered(shown) => {
            let mut found: Vec<u64> = shown.iter().flat_map(|segment| segment.0).copied().collect();
            found.sort_unstable();
            if found == rows { Ok(()) } else { Err(format!("a reader finds the rows {found:?}")) }
        }
        Reader::Unreadable => Err("a reader does not find an object".to_owned()),
        _ => Ok(()),
    };
    let mut states = 0;
    for order in permutations(&program.segments(start)) {
        let objects: BTreeSet<_> = start.iter().copied().collect();
        let first =
            State { items: objects.clone(), objects, head: 0, step: 0, pending: Vec::new(), reader: Reader::Head };
        let after =
            |state: &State| state.worker(program).into_iter().chain(state.reader(program, &order)).collect::<Vec<_>>();
        states += explore(first, State::clone, check, after)?;
    }
    Ok(states)
}

#[test]
fn no_interleaving_of_a_reader_and_a_merge_hides_or_doubles_a_row() {
    let of = |bug| Program::new(bug).merge(&[ONE, TWO], Segment(&[1, 2], 1), true);
    let one = explored(&of(None), &[ONE, TWO]).unwrap();
    let abandoned = Program::new(None).merge(&[ONE, THREE], Segment(&[1, 3], 1), false);
    let abandoned = abandoned.merge(&[ONE, TWO], Segment(&[1, 2], 2), true);
    let abandoned = explored(&abandoned, &[ONE, TWO, THREE]).unwrap();
    let twice = of(None).merge(&[Segment(&[1, 2], 1), THREE], Segment(&[1, 2, 3], 2), true);
    let twice = explored(&twice, &[ONE, TWO, THREE]).unwrap();
    audit_tests::figures::tell(format_args!(
        "a reader and a merge, one after an abandoned one, and a merge of a merge: {one}, {abandoned}, {twice} states"
    ));
    assert!(one > 500 && abandoned > 500 && twice > 500);
    for bug in [Bug::HeadReadOnce, Bug::SourcesShown, Bug::DeletedWithHead, Bug::ReplacedBySwitch] {
        let found = explored(&of(Some(bug)), &[ONE, TWO]);
        assert!(found.is_err(), "{bug:?} is not noticed in {found:?} states");
    }
}
