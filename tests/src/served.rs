//! A stack on a real port, and `audit import` into it.

use std::io::Write as _;

use audit::import::{self, Args, Format, Policy, Report};
use audit_local::browsers::{self, Hosts};
use audit_local::connections;
use audit_local::stop::Stop;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use crate::TestStack;

/// A stack that listens on loopback.
pub struct Served {
    /// The stack.
    pub stack: TestStack,
    url: String,
}

/// What an import did.
pub struct Imported {
    /// The report that it prints.
    pub report: Report,
    /// For each refused line, its number from 1 and the reason.
    pub refused: Vec<(usize, String)>,
}

impl Served {
    /// Starts a stack, and serves its routes as `audit serve` does.
    pub async fn start() -> Self {
        let stack = TestStack::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = browsers::guard_api(stack.router(), Hosts::Loopback);
        tokio::spawn(async move { connections::serve(listener, routes, &Stop::default()).await });
        Self { stack, url }
    }

    /// Imports lines into an org.
    pub async fn import<L: AsRef<str>>(&self, org: &str, format: Format, lines: &[L]) -> Imported {
        let lines: String = lines.iter().map(|line| format!("{}\n", line.as_ref())).collect();
        self.import_bytes(org, format, lines.as_bytes()).await
    }

    /// Imports a file of any bytes into an org.
    pub async fn import_bytes(&self, org: &str, format: Format, bytes: &[u8]) -> Imported {
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("a written file");
        let rejects = NamedTempFile::new().expect("a temporary file");
        let args = Args {
            to: self.url.parse().expect("a URL"),
            org: org.parse().expect("an org id"),
            sign: false,
            format,
            rejects: Some(rejects.path().to_owned()),
            files: vec![file.path().to_owned()],
        };
        let report = import::run(&args, &Policy::default()).await;
        assert!(report.stopped.is_none(), "the import ended early");
        let listed = std::fs::read_to_string(rejects.path()).expect("the rejects");
        let refused = listed.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let number = line["line"].as_u64().and_then(|number| usize::try_from(number).ok());
            (number.expect("a number"), line["reason"].as_str().expect("a reason").to_owned())
        });
        Imported { report, refused: refused.collect() }
    }
}

impl Imported {
    /// The lines created, repeated and refused.
    pub fn counts(&self) -> (u64, u64, u64) {
        (self.report.created, self.report.duplicate, self.report.rejected)
    }
}
