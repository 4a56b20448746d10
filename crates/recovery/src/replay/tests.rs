use audit_core::{DayRows, EventId, Frontier, Seq, Sha256, Tail, UnixMicros};
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
        rows,
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

/// What a ledger does next: it commits, publishes or voids whatever is next, or is rebuilt.
#[derive(Debug, Clone, Copy)]
enum Step {
    Commit(u64),
    Publish,
    Void,
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u64..9).prop_map(Step::Commit),
        3 => Just(Step::Publish),
        1 => Just(Step::Void),
        1 => Just(Step::Rebuild),
    ]
}

/// The claims of a ledger, by a naive model of what they decide: the batches, and whether the last one is undecided.
fn claims(steps: &[Step]) -> (Vec<SealedClaim>, Vec<ClaimedBatch>, bool) {
    let (mut replay, mut claims, mut generation) = (Replay::default(), Vec::new(), 0);
    let (mut batches, mut is_open): (Vec<ClaimedBatch>, bool) = (Vec::new(), false);
    for step in steps {
        let end = batches.iter().map(|batch| batch.rows).sum();
        let decision = match (step, is_open) {
            (Step::Commit(rows), false) => {
                batches.push(batch(Seq(end), *rows));
                is_open = true;
                Decision::Batch(batch(Seq(end), *rows))
            }
            (Step::Publish, true) => {
                is_open = false;
                Decision::Published(batches[batches.len() - 1].first_seq)
            }
            (Step::Void, true) => {
                is_open = false;
                Decision::Void(batches.pop().unwrap().first_seq)
            }
            (Step::Rebuild, _) => {
                generation += 1;
                Decision::Rebuild
            }
            _ => continue,
        };
        let claim = replay.next(&acme(), generation, LogId::new([7; 16]), decision, UnixMicros::new(1));
        replay.add(&acme(), &claim).unwrap();
        claims.push(claim);
    }
    (claims, batches, is_open)
}

proptest! {
    #[test]
    fn claims_are_replayed_to_what_they_decided(steps in vec(step(), 0..40)) {
        let (claims, batches, is_open) = claims(&steps);
        let replay = Replay::of(&acme(), &claims).unwrap();
        let end: u64 = batches.iter().map(|batch| batch.rows).sum();
        prop_assert_eq!((&replay.batches, replay.is_undecided), (&batches, is_open));
        prop_assert_eq!((replay.archived.next_seq, replay.archived.claims), (Seq(end), claims.len() as u64));
        prop_assert_eq!(replay.archived.newest, claims.last().map(SealedClaim::sha256));
        prop_assert_eq!(replay.undecided(), batches.last().filter(|_| is_open));
    }

    #[test]
    fn a_chain_without_one_of_its_claims_or_with_another_one_is_refused(steps in vec(step(), 2..30), at in any::<Index>()) {
        let (mut chain, ..) = claims(&steps);
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

#[test]
fn a_claim_of_another_log_is_refused() {
    let mut replay = decided(&[(0, Decision::Batch(batch(Seq(0), 5)))]).unwrap();
    let claim = replay.next(&acme(), 0, LogId::new([8; 16]), Decision::Published(Seq(0)), UnixMicros::new(1));
    assert!(replay.add(&acme(), &claim).unwrap_err().to_string().contains("another log"));
}
