//! A pass over many hot rows of one org: how fast, and how much of the time is our own code. The stores are another
//! process.

use std::sync::Arc;
use std::time::Instant;

use audit_compact::{CACHE_BYTES, Compactor};
use audit_core::{Event, OrgId, Seq};
use audit_local::clients;
use audit_local::stack::{buckets, table_names};
use audit_runtime::SystemClock;
use audit_segments::SegmentStore;
use audit_tables::Tables;

use crate::client::ORG;
use crate::events::Events;
use crate::figures::Figure;
use crate::process::{Served, cpu_seconds};
use crate::{Options, Result, archive, hot};

/// Rows of a day: the largest segments there are.
const ROWS_A_DAY: u64 = 250_000;
/// Rows that are encoded from memory at once.
const CHUNK: u64 = 50_000;
/// How much of the time our own code may take.
const SHARE: f64 = 1.0 / 3.0;

pub(super) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let data = options.data.join("pass");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let events = Events { days: options.events.count.div_ceil(ROWS_A_DAY), ..options.events };
    let (org_id, first_day): (OrgId, _) = (ORG.parse()?, events.first_day()?);
    let encoding = encoding_seconds(events, &org_id)?;
    let served = Served::start(&data)?;
    let dynamodb = clients::dynamodb(&served.dynamodb);
    let rows = (0..events.count).map_while(|number| events.event(&org_id, first_day, number).ok());
    hot::load(&dynamodb, rows.map(|event| hot::item(&event))).await?;
    let tables = Tables::new(dynamodb, table_names());
    let archive = SegmentStore::new(clients::s3(&served.s3), buckets(), CACHE_BYTES);
    let compactor = Compactor::new(tables, archive, Arc::new(SystemClock), None);
    let (started, cpu, stores) = (Instant::now(), cpu_seconds("self"), served.cpu_seconds());
    let report = tokio::spawn(async move { compactor.pass(&org_id, true, None).await }).await??;
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds("self") - cpu);
    let stores = served.cpu_seconds() - stores;
    if report.rows != events.count {
        return Err(format!("the pass archived {} of {} rows", report.rows, events.count).into());
    }
    drop(served);
    std::fs::remove_dir_all(&data)?;
    let figure = Figure::new("pass", format!("{} hot rows in {} segments", report.rows, report.segments))
        .value("", report.rows as f64 / seconds, "rows/s")
        .value("", seconds, "s")
        .value("our CPU, clients of the stores included", cpu, "s")
        .value("CPU of the stores", stores, "s")
        .value("encoding of the same rows from memory", encoding, "s");
    let figure = figure.ratio("encoding", encoding / seconds).ratio("our CPU", cpu / seconds);
    Ok(vec![figure.target("our code < 1/3 of the time", cpu / seconds < SHARE)])
}

/// What is left of a pass without the stores: the seconds that one thread needs to encode the rows.
fn encoding_seconds(events: Events, org_id: &OrgId) -> Result<f64> {
    let (first_day, mut seconds) = (events.first_day()?, 0.0);
    for first in (0..events.count).step_by(usize::try_from(CHUNK)?) {
        let numbers = first..events.count.min(first + CHUNK);
        let rows = numbers.map(|number| events.event(org_id, first_day, number)).collect::<Result<Vec<Event>>>()?;
        let started = Instant::now();
        archive::encode(&rows, Seq(first))?;
        seconds += started.elapsed().as_secs_f64();
    }
    Ok(seconds)
}
