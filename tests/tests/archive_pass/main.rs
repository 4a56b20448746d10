//! The archive pass: stopped anywhere, run by several workers, late and on its schedule. No event is lost or
//! duplicated.

mod between_requests;
mod checkpoints;
mod deletes;
mod lag;
mod late;
mod leased;
mod leaves;
mod midnight;
mod overtaken;
mod resumed;
mod schedule;
mod tasks;
mod tiles;
mod turns;
mod workers;
