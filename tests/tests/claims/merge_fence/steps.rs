//! The moves of the model: one step of one process.

use audit_core::{Archived, Head, MergePhase, OpenMerge};

use super::state::{Ledger, Reader, Rebuild, Record, State, Worker, home, now, sealed};
use super::{Bug, Setting};

/// Every state that one move makes of this one.
pub(super) fn after(state: &State, setting: Setting) -> Vec<State> {
    let mut next = Vec::new();
    for at in 0..state.workers.len() {
        next.extend(step(state, at, setting));
        // Another pass begins where the last one ended. A worker that is stopped anywhere is one that never moves again.
        if state.workers[at].1 == Worker::Ended {
            next.push(with(state, at, Worker::SettledHead));
        }
    }
    if setting.reader {
        read(state, &mut next);
    }
    if setting.copy && state.ledgers[1].is_none() {
        let mut copied = state.clone();
        copied.ledgers[1] = state.ledgers[0].clone();
        copied.workers.push((1, Worker::SettledHead));
        next.push(copied);
    }
    if setting.rebuild {
        next.extend(rebuild(state, setting));
    }
    if setting.expiry && state.is_staged {
        next.push(State { is_staged: false, ..state.clone() });
    }
    next
}

fn with(state: &State, at: usize, worker: Worker) -> State {
    let mut next = state.clone();
    next.workers[at].1 = worker;
    next
}

/// Copies the target of a merge; returns whether it exists then.
fn copy(state: &mut State, target: &Record) -> bool {
    if state.is_staged {
        state.objects.insert(target.clone());
    }
    state.objects.contains(target)
}

/// One step of a worker.
fn step(state: &State, at: usize, setting: Setting) -> Option<State> {
    let (table, worker) = &state.workers[at];
    let stored = state.ledgers[*table].as_ref()?;
    let bug = |bug| setting.bug == Some(bug);
    let to = |worker| with(state, at, worker);
    // A conditional write: applied if the head is the one that was read. Either way the worker starts again at step 0.
    let write = |read: &Ledger, ledger: Ledger| {
        let mut next = to(Worker::SettledHead);
        if read.head.version == stored.head.version {
            next.ledgers[*table] = Some(ledger);
        }
        next
    };
    Some(match worker {
        Worker::SettledHead => to(Worker::Check(stored.clone())),
        Worker::Check(read) => match state.verdict(read).is_ok() {
            true => to(Worker::Work(read.clone())),
            false if read.head != stored.head => to(Worker::SettledHead),
            false => to(Worker::Ended),
        },
        Worker::Work(read) => match read.head.merge.map(|merge| merge.phase) {
            Some(MergePhase::Switched) if bug(Bug::DeleteBeforeClaim) => to(delete(read)),
            Some(MergePhase::Decided) if bug(Bug::CopyBeforeClaim) => to(Worker::CopyTargets(read.clone())),
            Some(_) => to(Worker::Claim(read.clone())),
            None if read.head.merges == 0 => to(Worker::Decide(read.clone())),
            None => to(Worker::Ended),
        },
        Worker::Decide(read) => {
            let record = format!("m{table}-{at}");
            let claim = sealed(read.head.claims, &record);
            let mut ledger = decided(read, record.clone(), read.head.deciding_merge(now(), &claim));
            ledger.items.insert(record);
            write(read, ledger)
        }
        Worker::Claim(read) => {
            let (number, record) = (read.head.claims - 1, read.records.last()?);
            let phase = read.head.merge?.phase;
            let mut next = to(match phase {
                MergePhase::Decided if bug(Bug::CopyBeforeClaim) => Worker::Switch(read.clone()),
                MergePhase::Decided => Worker::CopyTargets(read.clone()),
                MergePhase::Switched if bug(Bug::DeleteBeforeClaim) => Worker::DropItems(read.clone()),
                MergePhase::Switched | MergePhase::Abandoned => delete(read),
            });
            match state.chain.get(&number) {
                Some(other) if other != record && !bug(Bug::Overwrite) => {
                    if !bug(Bug::ForkAccepted) {
                        return Some(to(Worker::Ended));
                    }
                }
                _ => _ = next.chain.insert(number, record.clone()),
            }
            next
        }
        Worker::CopyTargets(read) => {
            let mut next = to(Worker::Switch(read.clone()));
            if bug(Bug::CopyBeforeClaim) {
                next.workers[at].1 = Worker::Claim(read.clone());
            }
            if !copy(&mut next, read.target()?) {
                next.workers[at].1 = Worker::Abandon(read.clone());
            }
            next
        }
        Worker::Switch(read) => {
            let record = format!("s{table}");
            let claim = sealed(read.head.claims, &record);
            write(read, decided(read, record, read.head.switching(now(), &claim)))
        }
        Worker::Abandon(read) => {
            let record = format!("a{table}");
            let claim = sealed(read.head.claims, &record);
            write(read, decided(read, record, read.head.abandoning(now(), &claim)))
        }
        Worker::DeleteObjects(read, left) => {
            let (object, left) = left.split_first()?;
            let mut next = to(match left.is_empty() {
                false => Worker::DeleteObjects(read.clone(), left.to_vec()),
                true if bug(Bug::DeleteBeforeClaim) => Worker::Claim(read.clone()),
                true => Worker::DropItems(read.clone()),
            });
            next.objects.remove(object);
            next
        }
        Worker::DropItems(read) => {
            let mut ledger = read.clone();
            ledger.items.retain(|item| !leftovers(read).contains(item));
            let is_stored = read.head.version == stored.head.version;
            let mut next = to(if is_stored { Worker::End(ledger.clone()) } else { Worker::SettledHead });
            if is_stored {
                next.ledgers[*table] = Some(ledger);
            }
            next
        }
        Worker::End(read) => write(read, Ledger { head: read.head.ending_merge(), ..read.clone() }),
        Worker::Ended => return None,
    })
}

/// What the open merge of a ledger leaves behind.
fn leftovers(read: &Ledger) -> Vec<String> {
    let is_switched = read.head.merge.is_some_and(|merge| merge.phase == MergePhase::Switched);
    if is_switched { ["a", "b"].map(str::to_owned).to_vec() } else { read.target().cloned().into_iter().collect() }
}

fn delete(read: &Ledger) -> Worker {
    Worker::DeleteObjects(read.clone(), leftovers(read))
}

fn decided(read: &Ledger, record: Record, head: Head) -> Ledger {
    let mut records = read.records.clone();
    records.push(record);
    Ledger { head, records, items: read.items.clone() }
}

/// The steps of a rebuild: it claims its generation, settles the newest merge, and writes what the claims say.
fn rebuild(state: &State, setting: Setting) -> Vec<State> {
    let mut next = state.clone();
    let end = state.chain.len() as u64;
    match state.rebuild {
        Rebuild::Off => {
            if setting.bug != Some(Bug::RebuildUnclaimed) {
                next.chain.insert(end, "r".to_owned());
            }
            next.rebuild = Rebuild::Fenced;
        }
        Rebuild::Fenced => {
            next.rebuild = Rebuild::Settled;
            if let Some((merge, false, false)) = state.claimed() {
                // It may be void also if the target could be copied: nothing was deleted for it.
                let mut void = next.clone();
                void.chain.insert(end, "a2".to_owned());
                if !copy(&mut next, merge) {
                    return vec![void];
                }
                next.chain.insert(end, "s2".to_owned());
                return vec![next, void];
            }
        }
        Rebuild::Settled => {
            next.ledgers[2] = Some(replayed(state));
            next.workers.push((2, Worker::SettledHead));
            next.rebuild = Rebuild::Done;
        }
        Rebuild::Done => return Vec::new(),
    }
    vec![next]
}

/// The ledger that the claims lead to.
fn replayed(state: &State) -> Ledger {
    let records: Vec<Record> = state.chain.values().cloned().collect();
    let claimed = state.claimed();
    let phase =
        claimed.map(|(_, is_switched, _)| if is_switched { MergePhase::Switched } else { MergePhase::Abandoned });
    let merges = u64::from(phase.is_some());
    let newest = records.last().map(|record| sealed(records.len() as u64 - 1, record).sha256());
    let archived = Archived {
        generation: 1,
        next_seq: audit_core::Seq(2),
        claims: records.len() as u64,
        newest,
        merges,
        merged: u64::from(phase == Some(MergePhase::Switched)),
        merge: phase.map(|phase| OpenMerge { number: 1, phase, since: now() }),
        ..Archived::default()
    };
    let head = Head::default().rebuilt(&home(), &archived);
    let target = claimed.map(|(merge, ..)| merge.clone());
    let items = ["a", "b"].map(str::to_owned).into_iter().chain(target).collect();
    Ledger { head, records, items }
}

/// The steps of a reader: the head, then what it shows, then each object of that, and the check beside them.
fn read(state: &State, next: &mut Vec<State>) {
    let mut to = |reader| next.push(State { reader, ..state.clone() });
    let ledger = |table: usize| state.ledgers[table].clone();
    match &state.reader {
        Reader::Start => {
            for (table, ledger) in state.ledgers.iter().enumerate() {
                if let Some(ledger) = ledger {
                    to(Reader::List(table, ledger.head.clone()));
                }
            }
        }
        Reader::List(table, head) => {
            let Some(stored) = ledger(*table) else { return };
            match stored.head.merged == head.merged {
                true => to(Reader::Open(*table, head.clone(), stored.shown(head), 0)),
                false => to(Reader::Start),
            }
        }
        Reader::Open(table, head, listed, at) => {
            let Some(stored) = ledger(*table) else { return };
            match listed.get(*at) {
                Some(object) if state.objects.contains(object) => {
                    to(Reader::Open(*table, head.clone(), listed.clone(), at + 1));
                }
                Some(_) if stored.head.merged != head.merged => to(Reader::Start),
                Some(_) => to(Reader::Refused),
                None => to(Reader::Check(*table, listed.clone(), Ledger { head: head.clone(), ..stored })),
            }
        }
        Reader::Check(table, listed, read) => {
            let Some(stored) = ledger(*table) else { return };
            if state.verdict(read).is_ok() {
                to(Reader::Answered(listed.clone()));
            } else if stored.head == read.head {
                to(Reader::Refused);
            } else {
                to(Reader::Check(*table, listed.clone(), stored));
            }
        }
        Reader::Answered(_) | Reader::Refused => {}
    }
}
