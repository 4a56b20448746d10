//! A service in a process of its own, which the test kills.
//!
//! The process is the test binary itself, which runs only the ignored test `crash::serve_until_killed`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const FOLDER: &str = "AUDIT_KILLED_SERVICE_FOLDER";

/// The running process; dropping it kills it.
pub(crate) struct Killed {
    process: Child,
    pub(crate) endpoint: String,
}

impl Killed {
    /// Starts the process with a folder, and waits for its endpoint.
    pub(crate) async fn start(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let command = command.args(["--exact", "crash::serve_until_killed", "--ignored"]).stdout(Stdio::null());
        let mut killed = Self { process: command.env(FOLDER, folder).spawn().unwrap(), endpoint: String::new() };
        while killed.endpoint.is_empty() {
            assert!(killed.process.try_wait().unwrap().is_none(), "the service ended early");
            tokio::time::sleep(Duration::from_millis(20)).await;
            killed.endpoint = std::fs::read_to_string(folder.join("endpoint")).unwrap_or_default();
        }
        killed
    }

    /// Kills the process in the middle of what it does.
    pub(crate) async fn kill_soon(self) {
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// In the process: the folder that [`Killed::start`] was called with.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os(FOLDER).unwrap())
}

/// In the process: reports the endpoint of the service that runs now, and waits to be killed.
pub(crate) async fn wait(folder: &Path, endpoint: String) {
    std::fs::write(folder.join("new"), endpoint).unwrap();
    std::fs::rename(folder.join("new"), folder.join("endpoint")).unwrap();
    tokio::time::sleep(Duration::from_secs(120)).await;
}
