//! The archive pass, stopped anywhere, run by several workers, late and on its schedule: nothing is lost or doubled. The check
//! that says so from outside, and the ledger made again.

#[cfg(test)]
mod between_requests;
#[cfg(test)]
mod checked;
#[cfg(test)]
mod deletes;
#[cfg(test)]
mod held;
#[cfg(test)]
mod kept_reader;
#[cfg(test)]
mod lag;
#[cfg(test)]
mod late;
#[cfg(test)]
mod leased;
#[cfg(test)]
mod midnight;
#[cfg(test)]
mod newer;
#[cfg(test)]
mod overtaken;
#[cfg(test)]
mod rebuilt;
#[cfg(test)]
mod restaged;
#[cfg(test)]
mod restore;
#[cfg(test)]
mod resumed;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod turns;
#[cfg(test)]
mod workers;
