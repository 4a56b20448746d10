//! PostgreSQL: a server of its own, loaded with the rows of an archive.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::duckdb::DuckDb;
use super::{Answer, RUNS};
use crate::Result;
use crate::events::Events;
use crate::figures::median;

const CONTROL: &str = include_str!("../../peers/postgres.sh");
const LOAD: &str = include_str!("../../peers/load.sql");
const PORT: &str = "54329";
/// The columns of the table, of those that the files have.
const COLUMNS: &str = "id, org_id, seq, occurred_at, ingested_at, actor_type, actor_id, actor_name, actor_email, \
    action, category, target_type, target_id, target_name, result, failure_reason, ip, ip_addresses, user_agent, \
    request_id, details";

/// A running PostgreSQL with the table `events`.
pub(crate) struct Postgres {
    folder: PathBuf,
}

impl Postgres {
    /// Starts it, and loads it with the rows that `duckdb` reads from the files, unless they were loaded before.
    ///
    /// # Errors
    /// It is not installed.
    pub(crate) fn start(data: &Path, events: Events, duckdb: &mut DuckDb) -> Result<Self> {
        let folder = std::path::absolute(data.join(format!("postgres-{}", events.name())))?;
        let loaded = folder.with_extension("loaded");
        if folder.exists() && !loaded.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        control("start", &folder)?;
        let started = Self { folder };
        if !loaded.exists() {
            let rows = data.join("events.csv");
            duckdb.run(&format!(
                "COPY (SELECT {COLUMNS} FROM stored) TO '{}' (FORMAT csv, HEADER false)",
                rows.display()
            ))?;
            started.psql(&["-c", "SELECT 1"], None)?;
            started.psql(&["-f", "/dev/stdin"], Some((LOAD, &rows)))?;
            std::fs::remove_file(&rows)?;
            std::fs::write(&loaded, "")?;
        }
        Ok(started)
    }

    /// Runs a query some times; `\timing` includes the transfer of the rows to the client.
    pub(crate) fn ask(&self, sql: &str) -> Result<Answer> {
        let mut arguments = vec!["-c".to_owned(), "\\timing on".to_owned(), "-o".to_owned(), "/dev/null".to_owned()];
        arguments.extend((0..RUNS).flat_map(|_| ["-c".to_owned(), sql.to_owned()]));
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let printed = self.psql(&arguments, None)?;
        let times = printed.lines().filter_map(|line| line.strip_prefix("Time: ")?.split(' ').next()?.parse().ok());
        let times: Vec<f64> = times.collect();
        if times.len() != RUNS {
            return Err(format!("PostgreSQL printed {printed}").into());
        }
        let ids = self.psql(&["-c", sql], None)?;
        let ids = ids.lines().filter_map(|line| Some(line.split('|').next()?.to_owned())).collect();
        Ok(Answer { milliseconds: median(times), ids })
    }

    /// Runs `psql`; `loaded` is a script and the file that its `\copy` reads.
    fn psql(&self, arguments: &[&str], loaded: Option<(&str, &Path)>) -> Result<String> {
        let mut command = Command::new("psql");
        command.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            PORT,
            "-U",
            "postgres",
        ]);
        match loaded {
            None => _ = command.args(arguments).stdin(Stdio::null()),
            Some((script, rows)) => {
                let script_file = rows.with_extension("sql");
                std::fs::write(&script_file, script)?;
                command.arg("-f").arg(script_file).stdin(std::fs::File::open(rows)?);
            }
        }
        let output = command.output()?;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(out.into_owned()) } else { Err(format!("psql failed: {err}").into()) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = control("stop", &self.folder);
    }
}

fn control(command: &str, folder: &Path) -> Result<()> {
    let mut bash = Command::new("bash");
    bash.args(["-c", CONTROL, "postgres.sh", command]).arg(folder).arg(PORT).stdin(Stdio::null());
    if bash.status()?.success() { Ok(()) } else { Err(format!("PostgreSQL cannot {command}").into()) }
}
