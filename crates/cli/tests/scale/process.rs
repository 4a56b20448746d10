//! The process whose memory is measured.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// The org of these tests.
pub(crate) const ORG: &str = "acme";

/// A process of `audit serve` that archives only when it is asked to; it is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    http: reqwest::Client,
    url: String,
    /// The endpoint of its embedded DynamoDB.
    pub(crate) dynamodb: String,
}

impl Process {
    pub(crate) fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_audit"))
            .args(["serve", "--listen", "127.0.0.1:0", "--archive-every", "off", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = |name| lines.next().unwrap().unwrap().strip_prefix(name).unwrap().trim().to_owned();
        let (url, dynamodb) = (address("ready"), address("dynamodb"));
        std::thread::spawn(move || lines.for_each(drop));
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { child, http, url, dynamodb }
    }

    /// Sends a request that must succeed; gives the body of its answer.
    pub(crate) async fn send(&self, method: &str, path: &str, body: String) -> String {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url)).body(body);
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        text
    }

    /// Tells it of the org.
    pub(crate) async fn provision(&self) {
        self.send("PUT", &format!("/v1/orgs/{ORG}"), r#"{"name":"Test","plan":"enterprise"}"#.to_owned()).await;
    }

    /// Archives everything; gives the org's report.
    pub(crate) async fn archive(&self) -> Value {
        let answer = self.send("POST", "/local/archive", r#"{"force":true}"#.to_owned()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["failed"], json!([]));
        answer["orgs"][0].clone()
    }

    /// The largest resident size so far, in MB of 2^20 bytes; `None` where the system does not tell.
    pub(crate) fn peak_mb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().unwrap() / 1_024)
    }

    /// Fails where the peak is not below `mb`.
    pub(crate) fn assert_peak_below(&self, mb: u64, what: &str) {
        let peak = self.peak_mb();
        println!("{what}: peak {} MB", peak.unwrap_or_default());
        assert!(peak.is_none_or(|peak| peak < mb), "{what}: {peak:?} MB of memory, not below {mb}");
    }

    /// Lets it come to its end, so that the next one finds the folder free and in order.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has been stopped is gone.
        _ = self.child.kill();
        self.child.wait().unwrap();
    }
}
