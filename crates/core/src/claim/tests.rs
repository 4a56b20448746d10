use super::*;
use crate::day_rows::DayRows;
use crate::id::EventId;
use crate::merge::MergeSource;
use crate::segment::{Staged, Tail};
use crate::seq::SeqRun;
use crate::time::Day;

fn home() -> Home {
    Home { table: "ledger".to_owned(), bucket: "archive".to_owned() }
}

fn log_id() -> LogId {
    LogId::new([10; 16])
}

fn segment(staged: Option<Staged>) -> SegmentRecord {
    let first = EventId::first_at(Day(20_000).start());
    SegmentRecord {
        month: Day(20_000).month(),
        first_seq: Seq(7),
        merge: 0,
        rows: 2,
        runs: Vec::new(),
        ranges: 1,
        bytes: 100,
        sha256: Sha256([15; 32]),
        tail: Tail { bytes: 40, crc32c: 7 },
        key: "events/x".to_owned(),
        staged,
        first,
        last: first,
        days: DayRows::from_text(Day(20_000).month(), "04:2").unwrap(),
        actions: Some(vec!["member.invited".to_owned()]),
        categories: vec!["team".to_owned()],
    }
}

fn claim(number: u64, previous: Option<Sha256>, decision: Decision) -> Claim {
    let org_id = "acme".parse().unwrap();
    let decided_at = Day(20_001).start();
    Claim { org_id, log_id: log_id(), number, generation: 3, decided_at, previous, decision }
}

fn decisions() -> [Decision; 8] {
    let staged = Staged { key: "staging/x".to_owned(), etag: "\"tag\"".to_owned(), at: Day(20_001).start() };
    let batch = |segments: Vec<_>| {
        Decision::Batch(ClaimedBatch { first_seq: Seq(7), rows: 2, frontier: Frontier::default(), segments })
    };
    [
        batch(vec![segment(Some(staged)), SegmentRecord { actions: None, ..segment(None) }]),
        batch(vec![segment(None)]),
        Decision::Published(Seq(7)),
        Decision::Void(Seq(7)),
        merge(),
        Decision::Switched(2),
        Decision::Abandoned(2),
        Decision::Rebuild,
    ]
}

fn merge() -> Decision {
    let run = |first, rows| SeqRun { first: Seq(first), rows };
    let runs = vec![run(7, 1), run(9, 1)];
    let target = SegmentRecord { merge: 2, runs, ranges: 3, key: "events/y".to_owned(), ..segment(None) };
    let mut source = MergeSource::of(&segment(None));
    source.name.merge = 1;
    let sources = vec![MergeSource::of(&segment(None)), source];
    Decision::Merge(ClaimedMerge { number: 2, month: Day(20_000).month(), sources, targets: vec![target] })
}

#[test]
fn the_bytes_of_the_claims_of_a_merge_are_these_for_ever() {
    let text = |decision| String::from_utf8(claim(1, None, decision).seal().bytes).unwrap();
    let [sha256, id] = ["0f".repeat(32), segment(None).first.to_string()];
    let sources =
        [0, 1].map(|merge| format!(r#"{{"first_seq":7,"merge":{merge},"key":"events/x","sha256":"{sha256}"}}"#));
    let target = format!(
        r#"{{"month":"2024-10","first_seq":7,"merge":2,"rows":2,"runs":"7:1 9:1","ranges":3,"bytes":100,"sha256":"{sha256}","tail_bytes":40,"tail_crc32c":7,"key":"events/y","staged":null,"first":"{id}","last":"{id}","days":"04:2","actions":["member.invited"],"categories":["team"]}}"#
    );
    let expected = format!(
        r#""decision":{{"merge":{{"merge":2,"month":"2024-10","sources":[{}],"targets":[{target}]}}}}}}"#,
        sources.join(","),
    );
    let found = text(merge());
    assert!(found.ends_with(&expected), "{found}");
    assert!(text(Decision::Switched(2)).ends_with(r#""decision":{"switched":{"merge":2}}}"#));
    assert!(text(Decision::Abandoned(2)).ends_with(r#""decision":{"abandoned":{"merge":2}}}"#));
}

#[test]
fn the_bytes_of_a_claim_are_these_for_ever() {
    let published = claim(1, Some(Sha256([15; 32])), Decision::Published(Seq(7))).seal();
    let expected = format!(
        r#"{{"format":{},"org_id":"acme","log_id":"{}","claim":1,"generation":3,"decided_at":"2024-10-05T00:00:00.000000Z","previous":"{}","decision":{{"published":{{"first_seq":7}}}}}}"#,
        crate::FORMAT,
        "0a".repeat(16),
        "0f".repeat(32),
    );
    assert_eq!((published.number, String::from_utf8(published.bytes).unwrap()), (1, expected));
}

#[test]
fn a_claim_of_every_kind_is_read_back_and_no_other_bytes_are_a_claim() {
    for (number, decision) in decisions().into_iter().enumerate() {
        let previous = (number > 0).then_some(Sha256([9; 32]));
        let claim = claim(number as u64, previous, decision);
        let bytes = claim.seal().bytes;
        assert_eq!(Claim::read(&bytes), Ok(claim.clone()));
        assert_eq!(claim.seal().bytes, bytes);
        for at in 0..bytes.len() {
            // Whatever a changed byte makes of it, it is not the same claim.
            for changed in [b' ', b'0', b'}', bytes[at] ^ 1] {
                let mut other = bytes.clone();
                other[at] = changed;
                assert!(
                    other == bytes || Claim::read(&other) != Ok(claim.clone()),
                    "{}",
                    String::from_utf8_lossy(&other)
                );
            }
            assert_eq!(Claim::read(&bytes[..at]), Err(ClaimError::Malformed));
        }
        let spaced = String::from_utf8(bytes).unwrap().replacen(':', ": ", 1);
        assert_eq!(Claim::read(spaced.as_bytes()), Err(ClaimError::Malformed));
    }
}

#[test]
fn a_claim_of_a_newer_version_is_reported_as_such_whatever_it_contains() {
    assert_eq!(Claim::read(br#"{"format":99,"merge":{}}"#), Err(ClaimError::Newer(99)));
    let text = String::from_utf8(claim(0, None, Decision::Rebuild).seal().bytes).unwrap();
    let unknown = text.replace(r#""claim":0"#, r#""claim":0,"merge":0"#);
    let missing = text.replace(r#""previous":null,"#, "");
    for other in [unknown, missing, "{}".to_owned(), String::new(), "[]".to_owned()] {
        assert_eq!(Claim::read(other.as_bytes()), Err(ClaimError::Malformed), "{other}");
    }
}

/// One moment of a history.
#[derive(Debug, Clone, Default)]
struct Moment {
    /// What the ledger has.
    head: Head,
    /// How many claims the bucket has.
    put: u64,
    /// The hot rows below this number are deleted.
    deleted: Seq,
    /// The sources of the merges up to this one are deleted.
    replaced: u64,
}

fn sealed(number: u64) -> SealedClaim {
    SealedClaim { number, bytes: format!("claim {number}").into_bytes() }
}

/// What happens to an org: a batch or a merge, and how it ends.
#[derive(Debug, Clone, Copy)]
enum Step {
    Published,
    Void,
    Switched,
    Abandoned,
}

const STEPS: [Step; 4] = [Step::Published, Step::Void, Step::Switched, Step::Abandoned];

/// Everything that happens to an org by these steps.
fn history(steps: &[Step]) -> Vec<Moment> {
    let mut now = Moment::default();
    let mut moments = vec![now.clone()];
    let at = Day(20_001).start();
    for step in steps {
        let mut then = |now: &Moment| moments.push(now.clone());
        let is_batch = matches!(step, Step::Published | Step::Void);
        let claim = sealed(now.head.claims);
        now.head = match is_batch {
            true => now.head.committing(5, &home(), log_id(), &claim),
            false => Head { home: home(), ..now.head.deciding_merge(at, &claim) },
        };
        then(&now);
        now.put = now.head.claims;
        then(&now);
        let claim = sealed(now.head.claims);
        now.head = match step {
            Step::Published => now.head.publishing(&Frontier::default(), &claim),
            Step::Void => now.head.voiding(&claim),
            Step::Switched => now.head.switching(at, &claim),
            Step::Abandoned => now.head.abandoning(at, &claim),
        };
        then(&now);
        now.put = now.head.claims;
        then(&now);
        match step {
            Step::Switched => now.replaced = now.head.merged,
            Step::Abandoned => {}
            Step::Published | Step::Void => now.deleted = now.head.next_seq,
        }
        then(&now);
        now.head = if is_batch { now.head.closing() } else { now.head.ending_merge() };
        then(&now);
    }
    moments
}

fn chain_end(head: &Head, put: u64) -> ChainEnd {
    let newest = head.claims.checked_sub(1).filter(|newest| *newest < put);
    ChainEnd { has_next: head.claims < put, newest: newest.map(|newest| sealed(newest).sha256()) }
}

#[test]
fn a_ledger_explains_its_chain_at_every_moment_and_an_older_one_not_after_the_next_effect() {
    for steps in 0..256_usize {
        let moments = history(&[0, 2, 4, 6].map(|at| STEPS[steps >> at & 3]));
        for (at, then) in moments.iter().enumerate() {
            assert_eq!(explains(&then.head, &home(), chain_end(&then.head, then.put)), Ok(()), "{then:?}");
            for now in &moments[at..] {
                let verdict = explains(&then.head, &home(), chain_end(&then.head, now.put));
                let refused = if then.head.is_absent() { LedgerRefusal::Missing } else { LedgerRefusal::Behind };
                let is_behind = now.put > then.head.claims;
                assert_eq!(verdict, if is_behind { Err(refused) } else { Ok(()) }, "{then:?} {now:?}");
                // H-3: also within a batch whose first claim the older ledger knows.
                let shows_all = then.head.visible_seq() >= now.deleted && then.head.merged >= now.replaced;
                assert!(verdict.is_err() || shows_all, "deleted rows that this ledger does not show: {then:?} {now:?}");
            }
        }
    }
}

#[test]
fn a_ledger_of_another_table_bucket_or_chain_is_foreign() {
    let moments = history(&[Step::Published, Step::Published]);
    let head = &moments.last().unwrap().head;
    let explained = |home: &Home, chain| explains(head, home, chain);
    let sound = chain_end(head, head.claims);
    for other in [Home { table: "restored".to_owned(), ..home() }, Home { bucket: "staging".to_owned(), ..home() }] {
        assert_eq!(explained(&other, sound), Err(LedgerRefusal::Foreign));
        // Also if the other bucket has a longer or a shorter chain.
        assert_eq!(explained(&other, ChainEnd { has_next: true, newest: None }), Err(LedgerRefusal::Foreign));
    }
    // A restored head that counts no claim is continued, unless the bucket has a claim.
    let restored = Head::default().after_daily(Day(20_000), &Home { table: "restored".to_owned(), ..home() });
    let none = ChainEnd { has_next: false, newest: None };
    assert_eq!(explains(&restored, &home(), none), Ok(()));
    assert_eq!(explains(&restored, &home(), ChainEnd { has_next: true, ..none }), Err(LedgerRefusal::Behind));
    let other = ChainEnd { newest: Some(sealed(99).sha256()), ..sound };
    assert_eq!(explained(&home(), other), Err(LedgerRefusal::Foreign), "another claim under its number");
    let lost = ChainEnd { newest: None, ..sound };
    assert_eq!(explained(&home(), lost), Err(LedgerRefusal::Foreign), "the newest claim of a closed ledger is missing");
}

#[test]
fn a_claim_follows_the_one_before_it_in_the_chain_of_its_org() {
    use crate::invariants::{Invariant, claim_follows, ledger_explains};

    let acme = "acme".parse().unwrap();
    let first = claim(0, None, Decision::Published(Seq(7))).seal();
    let second = claim(1, Some(first.sha256()), Decision::Rebuild).seal();
    assert!(claim_follows(&acme, 0, None, &first).is_ok());
    assert!(claim_follows(&acme, 1, Some(first.sha256()), &second).is_ok());
    let broken = |org: &str, next, previous, claim: &SealedClaim| {
        claim_follows(&org.parse().unwrap(), next, previous, claim).unwrap_err().invariant
    };
    assert_eq!(broken("other", 0, None, &first), Invariant::OrgsApart);
    assert_eq!(broken("acme", 0, None, &second), Invariant::ChainExplained, "one is missing");
    assert_eq!(broken("acme", 1, Some(second.sha256()), &second), Invariant::ChainExplained, "another one before it");
    let misplaced = SealedClaim { number: 0, ..second.clone() };
    assert_eq!(broken("acme", 0, Some(first.sha256()), &misplaced), Invariant::ChainExplained);
    let damaged = SealedClaim { number: 0, bytes: b"{}".to_vec() };
    assert_eq!(broken("acme", 0, None, &damaged), Invariant::ChainExplained);
    let lost = ChainEnd { has_next: true, newest: None };
    assert!(ledger_explains(&Head::default(), &home(), lost).is_err());
}
