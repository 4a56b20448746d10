//! DuckDB: its Python package, in the environment that `crates/bench/install` makes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use super::{Answer, RUNS};
use crate::Result;
use crate::figures::median;

const PEER: &str = include_str!("../../peers/duckdb_peer.py");

/// A DuckDB in memory.
pub(crate) struct DuckDb {
    child: Child,
    requests: Option<ChildStdin>,
    responses: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Response {
    ms: Vec<f64>,
    ids: Vec<String>,
    peak_kib: f64,
}

impl DuckDb {
    /// Starts it.
    ///
    /// # Errors
    /// It is not installed.
    pub(crate) fn start(data: &Path) -> Result<Self> {
        let python = data.join("venv/bin/python");
        if !python.exists() {
            return Err("DuckDB is missing: run crates/bench/install".into());
        }
        let mut command = Command::new(python);
        command.args(["-c", PEER]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let requests = child.stdin.take();
        let responses = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, requests, responses })
    }

    /// Starts it with the views `stored` and `events` over the segments of a data folder, and the footers of the files cached.
    pub(crate) fn over(data: &Path, segments: &Path) -> Result<Self> {
        let mut started = Self::start(data)?;
        started.run("SET parquet_metadata_cache = true")?;
        started.run(&format!(
            "CREATE VIEW stored AS SELECT * FROM read_parquet('{}/**/*.parquet', hive_partitioning = false)",
            segments.display()
        ))?;
        // Python's objects for instants with a zone are slow, and not what is compared.
        started.run(
            "CREATE VIEW events AS SELECT * REPLACE (epoch_us(occurred_at) AS occurred_at, \
            epoch_us(ingested_at) AS ingested_at) FROM stored",
        )?;
        Ok(started)
    }

    /// Runs a statement once; returns its milliseconds and the peak memory of the process in MB of 10^6 bytes.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(f64, f64)> {
        let Response { ms, peak_kib, .. } = self.send(sql, 1)?;
        Ok((median(ms), peak_kib * 1.024e-3))
    }

    /// Runs a query some times.
    pub(crate) fn ask(&mut self, sql: &str) -> Result<Answer> {
        let Response { ms, ids, .. } = self.send(sql, RUNS)?;
        Ok(Answer { milliseconds: median(ms), ids })
    }

    fn send(&mut self, sql: &str, runs: usize) -> Result<Response> {
        let requests = self.requests.as_mut().ok_or("it was stopped")?;
        writeln!(requests, "{}", json!({ "sql": sql, "runs": runs }))?;
        requests.flush()?;
        let mut line = String::new();
        self.responses.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|_| format!("DuckDB failed: {sql}").into())
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.requests.take();
        let _ = self.child.wait();
    }
}
