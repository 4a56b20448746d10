//! A process of `audit serve`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) const LOOPBACK: &str = "127.0.0.1:0";

/// A running `audit serve`. It is killed when it is dropped, so also when a test panics, and it never inherits the
/// pipes of the test runner: a runner that waits for their end must not wait for a server.
pub(crate) struct Process {
    child: Child,
    log: File,
    pub(crate) url: String,
    /// The first four lines of its standard output.
    pub(crate) printed: Vec<String>,
}

impl Process {
    /// Starts a process over the directory `data`, and waits until it is ready. It archives only on request.
    pub(crate) fn start(data: &Path, listen: &str, more: &[&str]) -> Self {
        Self::run(command(data, listen).args(["--archive-every", "off"]).args(more))
    }

    /// Runs a command, and waits until it is ready.
    pub(crate) fn run(command: &mut Command) -> Self {
        Self::run_with_log(command, tempfile::tempfile().unwrap())
    }

    /// Runs a command with its own log, and waits until it is ready.
    pub(crate) fn run_with_log(command: &mut Command, log: File) -> Self {
        let mut process = Self::spawn_with(command, Stdio::piped(), log);
        let mut lines = BufReader::new(process.child.stdout.take().unwrap()).lines();
        process.printed = lines.by_ref().take(4).map(Result::unwrap).collect();
        process.url = process.printed[0].strip_prefix("ready ").unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        process
    }

    /// Runs a command without waiting for anything.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::null(), tempfile::tempfile().unwrap())
    }

    fn spawn_with(command: &mut Command, stdout: Stdio, log: File) -> Self {
        let child = command.stdin(Stdio::null()).stdout(stdout).stderr(log.try_clone().unwrap()).spawn().unwrap();
        Self { child, log, url: String::new(), printed: Vec::new() }
    }

    /// The addresses of the API, DynamoDB and S3, `host:port`.
    pub(crate) fn addresses(&self) -> [String; 3] {
        [0, 1, 2].map(|line| self.printed[line].split_once(" http://").unwrap().1.to_owned())
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    /// Waits for the end; returns the exit code, and how long it took.
    pub(crate) fn wait(&mut self) -> (Option<i32>, Duration) {
        let asked = Instant::now();
        let status: ExitStatus = self.child.wait().unwrap();
        (status.code(), asked.elapsed())
    }

    /// Sends the process the signal to stop, and returns its exit code.
    pub(crate) fn stop(mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.wait().0
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

/// A command that serves a directory.
pub(crate) fn command(data: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit"));
    command.args(["serve", "--listen", listen, "--data"]).arg(data);
    command
}

pub(crate) fn client() -> reqwest::Client {
    audit_runtime::aws::use_ring();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap()
}

pub(crate) async fn get(url: String) -> Value {
    serde_json::from_str(&client().get(url).send().await.unwrap().text().await.unwrap()).unwrap()
}
