use audit_core::{DayRows, EventId, Frontier, MergeSource, SeqRun, Sha256, Tail};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

fn acme() -> OrgId {
    "acme".parse().unwrap()
}

/// A batch of one segment.
fn batch(first_seq: Seq, rows: u64) -> ClaimedBatch {
    let id = EventId::first_at(UnixMicros::new(1_795_000_000_000_000));
    let mut days = DayRows::default();
    (0..rows).for_each(|_| days.add(id.occurred_at().day(), false));
    let segment = SegmentRecord {
        month: id.occurred_at().day().month(),
        first_seq,
        merge: 0,
        rows,
        runs: Vec::new(),
        ranges: 1,
        bytes: 1,
        sha256: Sha256([0; 32]),
        tail: Tail { bytes: 1, crc32c: 0 },
        key: format!("events/{first_seq}-{rows}"),
        staged: None,
        first: id,
        last: id,
        days,
        actions: None,
        categories: Vec::new(),
    };
    let mut frontier = Frontier::default();
    (0..first_seq.0 + rows).for_each(|seq| frontier.push(Sha256::of(&seq.to_be_bytes())));
    ClaimedBatch { first_seq, rows, frontier, segments: vec![segment] }
}

/// A merge of segments.
fn merge(number: u64, sources: &[SegmentRecord]) -> ClaimedMerge {
    let mut runs: Vec<_> = sources.iter().flat_map(SegmentRecord::seqs).collect();
    runs.sort_unstable();
    let runs = SeqRun::joined(runs);
    let target = SegmentRecord {
        first_seq: runs[0].first,
        merge: number,
        rows: runs.iter().map(|run| run.rows).sum(),
        ranges: sources.iter().map(|source| source.ranges).sum(),
        key: format!("events/{number} {}", SeqRun::to_text(&runs)),
        runs: if runs.len() > 1 { runs } else { Vec::new() },
        ..sources[0].clone()
    };
    let sources = sources.iter().map(MergeSource::of).collect();
    ClaimedMerge { number, month: target.month, sources, targets: vec![target] }
}

/// What a ledger does next: it begins a batch, or a merge of some of its segments, ends the open one, or is rebuilt.
#[derive(Debug, Clone, Copy)]
enum Step {
    Commit(u64),
    Merge(u8),
    TakeEffect,
    Void,
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u64..9).prop_map(Step::Commit),
        2 => any::<u8>().prop_map(Step::Merge),
        5 => Just(Step::TakeEffect),
        1 => Just(Step::Void),
        1 => Just(Step::Rebuild),
    ]
}

/// What some steps lead to, by a naive model of what they decide.
#[derive(Debug, Default)]
struct Model {
    claims: Vec<SealedClaim>,
    batches: Vec<ClaimedBatch>,
    /// The segments that readers use.
    visible: Vec<SegmentRecord>,
    merges: u64,
    merged: Vec<u64>,
    open: Option<Undecided>,
}

impl Model {
    /// What the next step decides; `None` if no ledger can take it.
    fn decide(&mut self, step: Step) -> Option<Decision> {
        let end = self.batches.iter().map(|batch| batch.rows).sum();
        Some(match (step, self.open.take()) {
            (Step::Rebuild, open) => {
                self.open = open;
                Decision::Rebuild
            }
            (Step::Commit(rows), None) => {
                self.batches.push(batch(Seq(end), rows));
                self.open = Some(Undecided::Batch(batch(Seq(end), rows)));
                Decision::Batch(batch(Seq(end), rows))
            }
            (Step::Merge(which), None) => {
                let picked = self.visible.iter().enumerate().filter(|(at, _)| which >> (at % 8) & 1 == 1);
                let sources: Vec<_> = picked.map(|(_, segment)| segment.clone()).collect();
                if sources.len() < 2 {
                    return None;
                }
                self.merges += 1;
                let merge = merge(self.merges, &sources);
                self.open = Some(Undecided::Merge(merge.clone()));
                Decision::Merge(merge)
            }
            (Step::TakeEffect, Some(Undecided::Batch(batch))) => {
                self.visible.extend(batch.segments);
                Decision::Published(batch.first_seq)
            }
            (Step::TakeEffect, Some(Undecided::Merge(merge))) => {
                self.visible.retain(|segment| !merge.sources.contains(&MergeSource::of(segment)));
                self.visible.extend(merge.targets);
                self.visible.sort_by_key(SegmentRecord::name);
                self.merged.push(merge.number);
                Decision::Switched(merge.number)
            }
            (Step::Void, Some(Undecided::Batch(batch))) => {
                self.batches.pop();
                Decision::Void(batch.first_seq)
            }
            (Step::Void, Some(Undecided::Merge(merge))) => Decision::Abandoned(merge.number),
            (_, open) => {
                self.open = open;
                return None;
            }
        })
    }
}

fn model(steps: &[Step]) -> Model {
    let (mut model, mut replay, mut generation) = (Model::default(), Replay::default(), 0);
    for step in steps {
        let Some(decision) = model.decide(*step) else { continue };
        generation += u64::from(decision == Decision::Rebuild);
        let claim = replay.next(&acme(), generation, LogId::new([7; 16]), decision, UnixMicros::new(1));
        replay.add(&acme(), &claim).unwrap();
        model.claims.push(claim);
    }
    model
}

proptest! {
    #[test]
    fn claims_are_replayed_to_what_they_decided(steps in vec(step(), 0..40)) {
        let model = model(&steps);
        let replay = Replay::of(&acme(), &model.claims).unwrap();
        let end: u64 = model.batches.iter().map(|batch| batch.rows).sum();
        let batches = model.batches.iter().map(|batch| BatchRecord::of(batch.first_seq, &batch.segments));
        prop_assert_eq!(&replay.batches, &batches.collect::<Vec<_>>());
        prop_assert_eq!(&replay.undecided, &model.open);
        let open = model.open.iter().flat_map(Undecided::segments);
        let mut segments: Vec<_> = model.visible.iter().chain(open).collect();
        segments.sort_by_key(|segment| segment.name());
        prop_assert_eq!(replay.segments().collect::<Vec<_>>(), segments);
        let Archived { next_seq, claims, merges, merged, merge, newest, .. } = replay.archived;
        prop_assert_eq!((next_seq, claims), (Seq(end), model.claims.len() as u64));
        prop_assert_eq!((merges, merged), (model.merges, model.merged.last().copied().unwrap_or_default()));
        prop_assert!(merge.is_none_or(|merge| merge.number == merges && (merge.phase == MergePhase::Switched) == (merged == merges)));
        prop_assert_eq!(newest, model.claims.last().map(SealedClaim::sha256));
        let recorded: Vec<_> = replay.merges.iter().map(|merge| merge.number).collect();
        let open = model.open.iter().filter_map(|open| match open {
            Undecided::Merge(merge) => Some(merge.number),
            Undecided::Batch(_) => None,
        });
        prop_assert_eq!(recorded, model.merged.iter().copied().chain(open).collect::<Vec<_>>());
    }

    #[test]
    fn a_chain_without_one_of_its_claims_or_with_another_one_is_refused(steps in vec(step(), 2..30), at in any::<Index>()) {
        let mut chain = model(&steps).claims;
        prop_assume!(chain.len() > 1);
        let at = at.index(chain.len() - 1);
        let mut other = chain.clone();
        chain.remove(at);
        prop_assert!(Replay::of(&acme(), &chain).is_err(), "one is missing");
        other[at].bytes = other[at + 1].bytes.clone();
        prop_assert!(Replay::of(&acme(), &other).is_err(), "another one is in its place");
    }
}

/// A chain of these decisions, each by the generation.
fn decided(decisions: &[(u64, Decision)]) -> Result<Replay, Violation> {
    let mut replay = Replay::default();
    for (generation, decision) in decisions {
        let claim = replay.next(&acme(), *generation, LogId::new([7; 16]), decision.clone(), UnixMicros::new(1));
        replay.add(&acme(), &claim)?;
    }
    Ok(replay)
}

#[test]
fn a_decision_that_no_ledger_can_have_made_is_refused() {
    let committed = (0, Decision::Batch(batch(Seq(0), 5)));
    let published = (0, Decision::Published(Seq(0)));
    let void = (0, Decision::Void(Seq(0)));
    assert!(decided(&[committed.clone(), published.clone()]).is_ok());
    for (decisions, expected) in [
        (vec![committed.clone(), published.clone(), void.clone()], "claim 2 ends a batch that is not the newest"),
        (vec![committed.clone(), void.clone(), published.clone()], "claim 2 ends a batch that is not the newest"),
        (vec![published.clone()], "claim 0 ends a batch that is not the newest"),
        (vec![committed.clone(), (0, Decision::Published(Seq(1)))], "claim 1 ends a batch that is not the newest"),
        (vec![committed.clone(), (0, Decision::Batch(batch(Seq(5), 1)))], "claim 1 does not continue the batches"),
        (
            vec![committed.clone(), published.clone(), (0, Decision::Batch(batch(Seq(6), 1)))],
            "claim 2 does not continue the batches",
        ),
        (vec![committed.clone(), (0, Decision::Rebuild)], "claim 1 begins no new generation"),
        (vec![committed.clone(), (1, Decision::Rebuild), published.clone()], "claim 2 is that of another generation"),
    ] {
        let refused = decided(&decisions).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

/// The claims of two published batches, then those of `decisions`.
fn after_two_batches(decisions: &[Decision]) -> Result<Replay, Violation> {
    let batches = [batch(Seq(0), 5), batch(Seq(5), 3)];
    let published = batches.map(|batch| [Decision::Published(batch.first_seq), Decision::Batch(batch)]);
    let all = published.into_iter().flat_map(|[published, batch]| [batch, published]);
    decided(&all.chain(decisions.iter().cloned()).map(|decision| (0, decision)).collect::<Vec<_>>())
}

#[test]
fn a_merge_that_no_ledger_can_have_decided_is_refused() {
    let sources = [batch(Seq(0), 5), batch(Seq(5), 3)].map(|batch| batch.segments[0].clone());
    let sound = merge(1, &sources);
    let (decided, other) = (Decision::Merge(sound.clone()), batch(Seq(8), 1));
    let switched = after_two_batches(&[decided.clone(), Decision::Switched(1)]).unwrap();
    assert_eq!(switched.leftovers.segments, sources);
    let abandoned = after_two_batches(&[decided.clone(), Decision::Abandoned(1)]).unwrap();
    assert_eq!(abandoned.leftovers.segments, sound.targets);
    assert_eq!(abandoned.leftovers.merge.unwrap().number, 1);
    let next = Decision::Merge(merge(2, &sources));
    assert!(after_two_batches(&[decided.clone(), Decision::Abandoned(1), next.clone()]).is_ok());
    let with = |change: fn(&mut ClaimedMerge)| {
        let mut merge = sound.clone();
        change(&mut merge);
        vec![Decision::Merge(merge)]
    };
    for (decisions, expected) in [
        (vec![next.clone()], "claim 4 does not continue the merges"),
        (vec![decided.clone(), next.clone()], "claim 5 does not continue the merges"),
        (vec![decided.clone(), Decision::Abandoned(1), decided.clone()], "claim 6 does not continue the merges"),
        (vec![decided.clone(), Decision::Batch(other.clone())], "claim 5 does not continue the batches"),
        (vec![Decision::Batch(other), decided.clone()], "claim 5 does not continue the merges"),
        (vec![Decision::Switched(1)], "claim 4 ends a merge that is not the newest"),
        (vec![decided.clone(), Decision::Switched(2)], "claim 5 ends a merge that is not the newest"),
        (vec![decided.clone(), Decision::Switched(1), Decision::Abandoned(1)], "claim 6 ends a merge"),
        (vec![decided, Decision::Switched(1), next], "replaces a segment that is not in the ledger"),
        (with(|merge| _ = merge.sources.pop()), "replaces a segment that is not in the ledger"),
        (with(|merge| merge.sources[0].key.push('x')), "replaces a segment that is not in the ledger"),
        (with(|merge| merge.targets[0].rows += 1), "does not keep the rows"),
        (with(|merge| merge.targets[0].key = merge.sources[0].key.clone()), "another segment's object"),
        // A claim states the month of all sources once.
        (with(|merge| merge.month = merge.month.next()), "replaces a segment that is not in the ledger"),
    ] {
        let refused = after_two_batches(&decisions).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn a_claim_of_another_log_is_refused() {
    let mut replay = decided(&[(0, Decision::Batch(batch(Seq(0), 5)))]).unwrap();
    let claim = replay.next(&acme(), 0, LogId::new([8; 16]), Decision::Published(Seq(0)), UnixMicros::new(1));
    assert!(replay.add(&acme(), &claim).unwrap_err().to_string().contains("another log"));
}
