//! `audit serve`: the whole service in one process, over one data directory.

mod args;
mod load_demo;
mod signals;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use audit_core::error::chain;
use audit_local::browsers::{self, Hosts};
use audit_local::error::LocalError;
use audit_local::stack::{Stack, StackOptions, TableStore};
use audit_local::stop::Stop;
use audit_local::{connections, schedule};
use audit_runtime::{SystemClock, telemetry};
use tokio::net::TcpListener;

pub use args::{ArchiveEvery, Args};
use load_demo::DemoError;

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(
        "{0} is not a loopback address, and the API has no authentication: \
         anyone who can connect could read and write; pass --insecure-open to listen there anyway"
    )]
    Open(SocketAddr),
    #[error("cannot listen on {0}; choose another address with --listen")]
    Listen(SocketAddr, #[source] io::Error),
    #[error(transparent)]
    Stack(#[from] LocalError),
    #[error("cannot load the demo events")]
    Demo(#[from] DemoError),
    #[error("the server cannot run")]
    Server(#[source] io::Error),
}

/// Runs the subcommand until SIGINT or SIGTERM.
pub fn main(args: Args) -> ExitCode {
    telemetry::start_text("warn,dynoxide=error");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Server);
    let served = runtime.and_then(|runtime| {
        let served = runtime.block_on(serve(args));
        // Tasks that still run have no client left to respond to.
        runtime.shutdown_background();
        served
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed.
            let _ = writeln!(io::stderr(), "audit serve: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: Args) -> Result<(), ServeError> {
    if !args.listen.ip().is_loopback() && !args.insecure_open {
        return Err(ServeError::Open(args.listen));
    }
    let stop = signals::listen().map_err(ServeError::Server)?;
    let listener = TcpListener::bind(args.listen).await.map_err(|error| ServeError::Listen(args.listen, error))?;
    let stack = Stack::start(StackOptions {
        data: args.data.clone(),
        tables: TableStore::Embedded { port: args.dynamodb_port },
        s3_port: args.s3_port,
        kms_port: args.kms_port,
        clock: Arc::new(SystemClock),
        budget: audit_query::BUDGET,
    })
    .await?;
    run(&args, listener, &stack, &stop).await?;
    Ok(stack.stop_since(stop.requested().await).await?)
}

/// Loads the demo, then serves the API and archives on schedule until the stop.
async fn run(args: &Args, listener: TcpListener, stack: &Stack, stop: &Stop) -> Result<(), ServeError> {
    if args.demo {
        tokio::select! {
            loaded = load_demo::load(stack) => loaded?,
            _ = stop.requested() => return Ok(()),
        }
    }
    if let ArchiveEvery::Period(period) = args.archive_every {
        schedule::start(stack.compactor(), period, stop.clone());
    }
    let address = listener.local_addr().map_err(ServeError::Server)?;
    announce(stack, address, args.demo).map_err(ServeError::Server)?;
    let hosts = if address.ip().is_loopback() { Hosts::Loopback } else { Hosts::Any };
    let cut = connections::serve(listener, browsers::guard_api(stack.router(), hosts), stop).await;
    if cut > 0 {
        tracing::warn!(connections = cut, "closed connections whose requests did not finish in time");
    }
    Ok(())
}

/// Prints where the API and the stores are. Scripts wait for the line `ready …`, so it is the first.
fn announce(stack: &Stack, address: SocketAddr, demo: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "ready http://{address}")?;
    writeln!(out, "dynamodb {}", stack.dynamodb_endpoint())?;
    writeln!(out, "s3 {}", stack.s3_endpoint())?;
    writeln!(out, "archive {}", stack.archive_folder().display())?;
    writeln!(out, "kms {}", stack.kms_endpoint())?;
    if demo {
        load_demo::suggest(&mut out, address)?;
    }
    out.flush()
}
