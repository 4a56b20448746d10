//! A process of `audit serve`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) const LOOPBACK: &str = "127.0.0.1:0";

/// A running `audit serve`; it is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
    /// The first four lines of its standard output.
    pub(crate) printed: Vec<String>,
}

impl Process {
    /// Starts a process over the folder `data`, and waits until it is ready. It archives only when it is asked to.
    pub(crate) fn start(data: &Path, listen: &str, more: &[&str]) -> Self {
        Self::run(command(data, listen).args(["--archive-every", "off"]).args(more))
    }

    /// Runs a command, and waits until it is ready.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let printed: Vec<_> = lines.by_ref().take(4).map(Result::unwrap).collect();
        let url = printed[0].strip_prefix("ready ").unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url, printed }
    }

    /// Runs a command without waiting for anything.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self { child: command.stdout(Stdio::null()).spawn().unwrap(), url: String::new(), printed: Vec::new() }
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

    /// Asks the process to stop with a signal, and returns its exit code.
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
    }
}

/// A command that serves a folder.
pub(crate) fn command(data: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit"));
    command.args(["serve", "--listen", listen, "--data"]).arg(data);
    command
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap()
}

pub(crate) async fn get(url: String) -> Value {
    serde_json::from_str(&client().get(url).send().await.unwrap().text().await.unwrap()).unwrap()
}
