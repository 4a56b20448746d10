//! `audit serve`: the whole service in one process, on one folder.

mod args;
mod load_demo;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use audit_core::error::chain;
use audit_http::clock::SystemClock;
use audit_http::telemetry;
use audit_local::error::LocalError;
use audit_local::schedule;
use audit_local::stack::{Stack, StackOptions, TableStore};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

pub use args::{Args, Every};
use load_demo::DemoError;

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(
        "{0} is not a loopback address, and serve has no authentication; --insecure-open listens there all the same"
    )]
    Open(SocketAddr),
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] io::Error),
    #[error(transparent)]
    Stack(#[from] LocalError),
    #[error("the demo cannot be loaded")]
    Demo(#[from] DemoError),
    #[error("the server failed")]
    Server(#[source] io::Error),
}

/// Runs the subcommand, until SIGINT or SIGTERM.
pub fn main(args: Args) -> ExitCode {
    telemetry::start_text("warn,dynoxide=error");
    let served = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Server)
        .and_then(|runtime| runtime.block_on(serve(args)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; nothing is left to do then.
            _ = writeln!(io::stderr(), "audit serve: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: Args) -> Result<(), ServeError> {
    if !args.listen.ip().is_loopback() && !args.insecure_open {
        return Err(ServeError::Open(args.listen));
    }
    let listener = TcpListener::bind(args.listen).await.map_err(|error| ServeError::Listen(args.listen, error))?;
    let address = listener.local_addr().map_err(ServeError::Server)?;
    let stack = Stack::start(StackOptions {
        data: args.data.clone(),
        tables: TableStore::Embedded { port: args.dynamodb_port },
        s3_port: args.s3_port,
        clock: Arc::new(SystemClock),
        budget: audit_query::BUDGET,
    })
    .await?;
    let stop = stop_signal().map_err(ServeError::Server)?;
    if args.demo {
        load_demo::load(&stack).await?;
    }
    let schedule = match args.archive_every {
        Every::Period(period) => Some(schedule::start(stack.compactor(), period)),
        Every::Off => None,
    };
    announce(&stack, address, args.demo).map_err(ServeError::Server)?;
    let served = axum::serve(listener, stack.router()).with_graceful_shutdown(stop).await;
    if let Some(schedule) = schedule {
        schedule.abort();
    }
    served.map_err(ServeError::Server)?;
    Ok(stack.stop().await?)
}

/// Resolves when somebody asks the process to stop. Installed before anything is announced.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Says on standard output where everything is, the line `ready …` first: others wait for it.
fn announce(stack: &Stack, address: SocketAddr, demo: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "ready http://{address}")?;
    writeln!(out, "dynamodb {}", stack.dynamodb_endpoint())?;
    writeln!(out, "s3 {}", stack.s3_endpoint())?;
    writeln!(out, "archive {}", stack.archive_folder().display())?;
    if demo {
        load_demo::suggest(&mut out, address)?;
    }
    out.flush()
}
