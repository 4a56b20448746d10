//! Processes whose memory and time are measured: this one, and `audit serve` in a child.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::Result;

/// Clock ticks of `/proc/<pid>/stat` a second; Linux has the same number for all programs.
const TICKS: f64 = 100.0;

/// A process of `audit serve` that archives only on request. It is stopped when it is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
    /// The endpoint of its embedded DynamoDB.
    pub(crate) dynamodb: String,
    /// The endpoint of its embedded S3.
    pub(crate) s3: String,
}

impl Served {
    /// Serves a folder. The program is this one, so it was built with it.
    pub(crate) fn start(data: &Path) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--archive-every", "off", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("no output")?;
        let mut served = Self { child, url: String::new(), dynamodb: String::new(), s3: String::new() };
        let mut lines = BufReader::new(stdout).lines();
        let mut address = |name: &str| -> Result<String> {
            let line = lines.next().ok_or("audit serve ended")??;
            Ok(line.strip_prefix(name).ok_or_else(|| format!("audit serve printed {line}"))?.trim().to_owned())
        };
        (served.url, served.dynamodb, served.s3) = (address("ready")?, address("dynamodb")?, address("s3")?);
        std::thread::spawn(move || lines.for_each(drop));
        Ok(served)
    }

    pub(crate) fn peak_mb(&self) -> f64 {
        peak_mb(&self.child.id().to_string())
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu_seconds(&self.child.id().to_string())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let ended = Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status();
        if !ended.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// The largest resident size so far of a process, by its number or `self`, in MB of 10^6 bytes.
pub(crate) fn peak_mb(pid: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes * 1.024e-3)
}

/// Seconds of all cores that a process, by its number or `self`, has used.
pub(crate) fn cpu_seconds(pid: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program, the second field, may contain spaces.
    let fields: Vec<_> = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks = |index: usize| fields.get(index).and_then(|text: &&str| text.parse::<f64>().ok());
    ticks(11).zip(ticks(12)).map_or(f64::NAN, |(user, system)| (user + system) / TICKS)
}

/// What the figures depend on.
pub(crate) fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({ "cpu": model.unwrap_or_default().trim(), "cores": cores, "kernel": kernel.trim() })
}
