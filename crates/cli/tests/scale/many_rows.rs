//! Many rows of one org that wait.

use std::time::Instant;

use audit_core::new_event::NewEvent;
use audit_core::org::OrgId;
use audit_core::time::{Clock as _, Day, UnixMicros};
use audit_http::clock::SystemClock;
use audit_local::clients;
use audit_local::stack::table_names;
use audit_tables::Tables;
use audit_tables::events::Put;
use futures::{StreamExt as _, stream};

use crate::process::{ORG, Process};

/// Rows where nobody wants more.
const ROWS: i64 = 100_000;
/// Rows of one day: the largest segments there are.
const ROWS_A_DAY: i64 = 250_000;
const PUTS_IN_FLIGHT: usize = 64;
/// Far below what the rows would take: parsed ones take more than a kilobyte each.
const PEAK_MB: u64 = 512;

/// The rows to archive: `AUDIT_SCALE_ROWS`, or [`ROWS`].
#[expect(clippy::disallowed_methods, reason = "more rows take minutes, and are asked for so")]
fn rows() -> i64 {
    std::env::var("AUDIT_SCALE_ROWS").map_or(ROWS, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_rows_are_archived_in_memory_that_does_not_grow_with_them() {
    let (folder, rows) = (tempfile::tempdir().unwrap(), rows());
    let loaded = Process::start(folder.path());
    loaded.provision().await;
    let start = Instant::now();
    put(&loaded, rows).await;
    tell("put", rows, start);
    loaded.stop();

    let archiving = Process::start(folder.path());
    let start = Instant::now();
    let report = archiving.archive().await;
    tell("archived", rows, start);
    assert_eq!(report["rows"], rows, "{report}");
    archiving.assert_peak_below(PEAK_MB, &format!("{rows} rows, {} segments", report["segments"]));
}

/// Puts rows into the table as ingest does, without its HTTP.
async fn put(process: &Process, rows: i64) {
    let tables = Tables::new(clients::dynamodb(&process.dynamodb), table_names());
    let now = SystemClock.now();
    let puts = (0..rows).map(|number| {
        let tables = tables.clone();
        // A task each, so that both cores make requests.
        tokio::spawn(async move { tables.put_event(&event(number, now)).await })
    });
    let mut puts = stream::iter(puts).buffer_unordered(PUTS_IN_FLIGHT);
    while let Some(put) = puts.next().await {
        assert_eq!(put.unwrap().unwrap(), Put::Created);
    }
}

/// One event of an ordinary size, of the days before `now`.
fn event(number: i64, now: UnixMicros) -> audit_core::event::Event {
    let within = Day::MICROS / ROWS_A_DAY * (number % ROWS_A_DAY);
    let at = UnixMicros(now.day().start().0 - (number / ROWS_A_DAY + 1) * Day::MICROS + within);
    let text = format!(
        r#"{{"occurred_at":"{at}","actor":{{"id":"usr_{}","name":"Ada Lovelace","email":"ada{}@example.com"}},
        "action":"monitor.updated","target":{{"type":"monitor","id":"mon_{}","name":"Checkout, region {}"}},
        "result":"succeeded","context":{{"ip":"203.0.113.{}","user_agent":"Mozilla/5.0 (X11; Linux x86_64)","request_id":"req_{:016x}"}},
        "details":{{"changes":[{{"field":"interval_s","old":{number},"new":60}}]}}}}"#,
        number % 9_973,
        number % 9_973,
        number % 50_021,
        number % 7,
        number % 251,
        number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()),
    );
    let raw = serde_json::from_str(&text).unwrap();
    let new = NewEvent::read(raw, "", now, &mut Default::default()).unwrap();
    new.stored(OrgId::parse(ORG).unwrap(), now, number.unsigned_abs())
}

fn tell(what: &str, rows: i64, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    println!("{what} {rows} rows in {seconds:.1} s, {:.0}/s", rows as f64 / seconds);
}
