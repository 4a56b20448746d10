//! The moves of the model: one step of one process.

use audit_core::{Frontier, Phase};

use super::state::{Ledger, Reader, Record, State, Worker, home, log_id, row, sealed};
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
    read(state, setting, &mut next);
    if setting.copy && state.ledgers[1].is_none() {
        for copy in [state.ledgers[0].clone(), Some(Ledger::absent())] {
            let mut copied = State { ledgers: [state.ledgers[0].clone(), copy], ..state.clone() };
            copied.workers.push((1, Worker::SettledHead));
            next.push(copied);
        }
    }
    // Once; what is staged later does not expire.
    let claims = state.ledgers[0].as_ref().map_or(0, |ledger| ledger.head.claims);
    if setting.expiry && state.expired_below == 0 && claims > 0 {
        next.push(State { expired_below: claims, ..state.clone() });
    }
    next
}

fn with(state: &State, at: usize, worker: Worker) -> State {
    let mut next = state.clone();
    next.workers[at].1 = worker;
    next
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
        Worker::Check(read) => match state.verdict(read, !bug(Bug::NextNotAsked)).is_ok() {
            true => to(Worker::Work(read.clone())),
            false if read != stored => to(Worker::SettledHead),
            false => to(Worker::Ended),
        },
        Worker::Work(read) => match read.head.open.map(|open| open.phase) {
            Some(Phase::Published) if bug(Bug::DeleteBeforeClaim) => to(Worker::DeleteRows(read.clone())),
            Some(Phase::Committed) if bug(Bug::CopyBeforeClaim) => to(Worker::CopySegments(read.clone())),
            Some(_) => to(Worker::Claim(read.clone())),
            None => {
                let archived: Vec<char> = read.batches(true).into_iter().map(row).collect();
                let new = state.hot.iter().find(|row| !archived.contains(row));
                let repeats: Vec<char> = state.hot.iter().copied().filter(|row| archived.contains(row)).collect();
                match new {
                    _ if !repeats.is_empty() => {
                        let mut next = to(Worker::SettledHead);
                        repeats.iter().for_each(|row| _ = next.hot.remove(row));
                        next
                    }
                    Some(row) => to(Worker::Commit(read.clone(), *row)),
                    None => to(Worker::Ended),
                }
            }
        },
        Worker::Commit(read, row) => {
            let record = format!("b{row}{}-{table}-{at}", read.head.claims);
            let claim = sealed(read.head.claims, &record);
            write(read, decided(read, record, read.head.committing(1, &home(), log_id(), &claim)))
        }
        Worker::Claim(read) => {
            let (number, record) = (read.head.claims - 1, read.records.last()?);
            let mut next = to(match read.head.open?.phase {
                Phase::Committed => Worker::CopySegments(read.clone()),
                Phase::Published => Worker::DeleteRows(read.clone()),
                Phase::Void => Worker::Close(read.clone()),
            });
            if bug(Bug::DeleteBeforeClaim) && read.head.open?.phase == Phase::Published {
                next.workers[at].1 = Worker::Close(read.clone());
            }
            if bug(Bug::CopyBeforeClaim) && read.head.open?.phase == Phase::Committed {
                next.workers[at].1 = Worker::Publish(read.clone());
            }
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
        Worker::CopySegments(read) => {
            let object = read.batches(false).pop()?.clone();
            let is_expired = read.head.claims - 1 < state.expired_below;
            if bug(Bug::VoidWithoutCause) {
                let mut next = to(Worker::Void(read.clone()));
                next.objects.insert(object);
                return Some(next);
            }
            if is_expired && !state.objects.contains(&object) {
                return Some(to(Worker::Void(read.clone())));
            }
            let mut next = to(Worker::Publish(read.clone()));
            if bug(Bug::CopyBeforeClaim) {
                next.workers[at].1 = Worker::Claim(read.clone());
            }
            next.objects.insert(object);
            next
        }
        Worker::Publish(read) => {
            let record = format!("p{table}");
            let claim = sealed(read.head.claims, &record);
            write(read, decided(read, record, read.head.publishing(&Frontier::default(), &claim)))
        }
        Worker::Void(read) => {
            let record = format!("v{table}");
            let claim = sealed(read.head.claims, &record);
            write(read, decided(read, record, read.head.voiding(&claim)))
        }
        Worker::DeleteRows(read) => {
            let mut next = to(Worker::Close(read.clone()));
            if bug(Bug::DeleteBeforeClaim) {
                next.workers[at].1 = Worker::Claim(read.clone());
            }
            next.hot.remove(&row(read.batches(false).pop()?));
            next
        }
        Worker::Close(read) => write(read, Ledger { head: read.head.closing(), ..read.clone() }),
        Worker::Ended => return None,
    })
}

fn decided(read: &Ledger, record: Record, head: audit_core::Head) -> Ledger {
    let mut records = read.records.clone();
    records.push(record);
    Ledger { head, records }
}

/// The steps of a reader: hot rows, then the head, then its check beside the archive.
fn read(state: &State, setting: Setting, next: &mut Vec<State>) {
    let mut to = |reader| next.push(State { reader, ..state.clone() });
    match &state.reader {
        Reader::Start => {
            for (table, ledger) in state.ledgers.iter().enumerate() {
                if ledger.is_some() {
                    to(Reader::Head(table, state.hot.clone()));
                }
            }
        }
        Reader::Head(table, hot) => {
            let read = state.ledgers[*table].clone().unwrap_or_else(Ledger::absent);
            to(Reader::Check(*table, hot.clone(), read.clone(), read));
        }
        Reader::Check(table, hot, first, read) => {
            let stored = state.ledgers[*table].clone().unwrap_or_else(Ledger::absent);
            if state.verdict(read, setting.bug != Some(Bug::NextNotAsked)).is_ok() {
                let batches = first.batches(true);
                if batches.iter().all(|batch| state.objects.contains(*batch)) {
                    let archived = batches.into_iter().map(row);
                    to(Reader::Answered(hot.iter().copied().chain(archived).collect()));
                } else {
                    to(Reader::Refused);
                }
            } else if stored == *read {
                to(Reader::Refused);
            } else {
                to(Reader::Check(*table, hot.clone(), first.clone(), stored));
            }
        }
        Reader::Answered(_) | Reader::Refused => {}
    }
}
