//! The process that is killed.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio::sync::oneshot;

/// Where a process that is ready can be reached.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    pub(crate) api: String,
    pub(crate) dynamodb: String,
    pub(crate) s3: String,
}

/// A process of `audit serve`. It is killed when it is dropped, so also when a test panics, and it never inherits the
/// pipes of the test runner.
pub(crate) struct Service {
    process: Child,
    printed: oneshot::Receiver<Vec<String>>,
    log: PathBuf,
}

impl Service {
    /// Starts a process over the data in `folder`. What it logs is added to a file there.
    pub(crate) fn spawn(folder: &Path) -> Self {
        let log = folder.join("log");
        let errors = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_audit"))
            .args(["serve", "--listen", "127.0.0.1:0", "--archive-every", "1s", "--data"])
            .arg(folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (sender, printed) = oneshot::channel();
        // The lines of a process that is killed while it starts have no reader.
        std::thread::spawn(move || sender.send(lines.map_while(Result::ok).take(4).collect()));
        Self { process, printed, log }
    }

    /// Waits until the process responds.
    pub(crate) async fn ready(&mut self) -> Addresses {
        let printed = (&mut self.printed).await.unwrap();
        let [api, dynamodb, s3, _] = &printed[..] else {
            panic!("the process ended while it started: {}", self.logged());
        };
        let address = |line: &str, name| line.strip_prefix(name).unwrap().trim().to_owned();
        Addresses { api: address(api, "ready"), dynamodb: address(dynamodb, "dynamodb"), s3: address(s3, "s3") }
    }

    /// Ends the process with SIGKILL, and waits until it has ended.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// What all processes over the folder have logged.
    fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // A process that ended before cannot be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            println!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}
