//! The process whose memory is measured.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// The org of these tests.
pub(crate) const ORG: &str = "acme";

/// A process of `audit serve` that archives only on request. It is killed when it is dropped, so also when a test
/// panics, and it never inherits the pipes of the test runner.
pub(crate) struct Process {
    child: Child,
    log: File,
    http: reqwest::Client,
    url: String,
    /// The endpoint of its embedded DynamoDB.
    pub(crate) dynamodb: String,
}

impl Process {
    pub(crate) fn start(data: &Path) -> Self {
        audit_runtime::aws::use_ring();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let log = tempfile::tempfile().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_audit"))
            .args(["serve", "--listen", "127.0.0.1:0", "--archive-every", "off", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let mut process = Self { child, log, http, url: String::new(), dynamodb: String::new() };
        let mut lines = BufReader::new(process.child.stdout.take().unwrap()).lines();
        let mut address = |name| lines.next().unwrap().unwrap().strip_prefix(name).unwrap().trim().to_owned();
        (process.url, process.dynamodb) = (address("ready"), address("dynamodb"));
        std::thread::spawn(move || lines.for_each(drop));
        process
    }

    /// Sends a request that must succeed; returns the body of its response.
    pub(crate) async fn send(&self, method: &str, path: &str, body: String) -> String {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url)).body(body);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        text
    }

    /// Registers the org.
    pub(crate) async fn provision(&self) {
        self.send("PUT", &format!("/v1/orgs/{ORG}"), r#"{"name":"Test","plan":"enterprise"}"#.to_owned()).await;
    }

    /// Archives everything; returns the org's report.
    pub(crate) async fn archive(&self) -> Value {
        let answer = self.send("POST", "/local/archive", r#"{"force":true}"#.to_owned()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["failed"], json!([]));
        answer["orgs"][0].clone()
    }

    /// The largest resident size so far, in MB of 2^20 bytes; `None` if the system does not report it.
    pub(crate) fn peak_mb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().unwrap() / 1_024)
    }

    /// Fails if the peak is not below `mb`.
    pub(crate) fn assert_peak_below(&self, mb: u64, what: &str) {
        let peak = self.peak_mb();
        println!("{what}: peak {} MB", peak.unwrap_or_default());
        assert!(peak.is_none_or(|peak| peak < mb), "{what}: {peak:?} MB of memory, not below {mb}");
    }

    /// Lets it end, so that the next process finds the folder free and in order.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that ended before cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let mut log = String::new();
        if std::thread::panicking() && self.log.rewind().is_ok() && self.log.read_to_string(&mut log).is_ok() {
            println!("{log}");
        }
    }
}
