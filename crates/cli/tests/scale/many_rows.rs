//! Many rows of one org that wait.

use std::time::Instant;

use crate::load::load;
use crate::process::Process;

/// Rows by default.
const ROWS: usize = 1_000_000;
const PEAK_MB: u64 = 512;

/// The rows to archive: `AUDIT_SCALE_ROWS`, or [`ROWS`].
#[expect(
    clippy::disallowed_methods,
    reason = "fewer rows take less time, and are requested by an environment variable"
)]
fn rows() -> usize {
    std::env::var("AUDIT_SCALE_ROWS").map_or(ROWS, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; tests/measure/scale runs it"]
async fn a_million_waiting_rows_of_one_org_are_archived_in_512_mb() {
    let (folder, rows) = (tempfile::tempdir().unwrap(), rows());
    let loaded = Process::start(folder.path());
    loaded.provision().await;
    let start = Instant::now();
    load(&loaded, rows).await;
    tell("loaded", rows, start);
    loaded.stop();

    let archiving = Process::start(folder.path());
    let start = Instant::now();
    let report = archiving.archive().await;
    tell("archived", rows, start);
    assert_eq!(report["rows"], rows, "{report}");
    archiving.assert_peak_below(PEAK_MB, &format!("{rows} rows in {} segments, archived", report["segments"]));
}

fn tell(what: &str, rows: usize, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    println!("{what} {rows} rows in {seconds:.1} s, {:.0}/s", rows as f64 / seconds);
}
