//! The searches with 25 ms added to each request to the object store, as if it were in another building: how many
//! requests a search makes, how many of them one after the other, and how long it takes.

use std::sync::Arc;
use std::time::Duration;

use audit_http::{CallerSource, service};
use audit_local::stack::{Stack, StackOptions, TableStore, buckets};
use audit_local::stop::Stop;
use audit_local::{clients, connections};
use audit_runtime::SystemClock;
use audit_segments::SegmentStore;
use tokio::net::TcpListener;

use crate::archive;
use crate::client::Client;
use crate::figures::Figure;
use crate::proxy::{Proxy, rounds};
use crate::questions;
use crate::{Options, Result};

const DELAY: Duration = Duration::from_millis(25);

pub(super) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let data = archive::of(options.events, &options.data).await?;
    let stack = Stack::start(StackOptions {
        data,
        tables: TableStore::Embedded { port: 0 },
        s3_port: 0,
        kms_port: 0,
        clock: Arc::new(SystemClock),
        budget: audit_query::BUDGET,
    })
    .await?;
    let direct = serve(&stack, &stack.s3_endpoint()).await?;
    direct.register().await?;
    let questions = questions::all(options.events, &direct).await?;
    let mut figures = Vec::new();
    for question in questions {
        let proxy = Proxy::start(&stack.s3_endpoint(), DELAY).await?;
        // New routes have empty caches.
        let client = serve(&stack, &proxy.endpoint).await?;
        let (cold, _) = questions::ask(&client, &question).await?;
        let requests = proxy.take();
        let (warm, _) = questions::ask(&client, &question).await?;
        let warm_requests = proxy.take();
        let (cold_rounds, warm_rounds) = (rounds(&requests), rounds(&warm_requests));
        let megabytes = requests.iter().map(|request| request.bytes).sum::<u64>() as f64 / 1e6;
        let figure = Figure::new("remote", question.what)
            .value("cold", cold, "ms")
            .value("", requests.len() as f64, "requests")
            .value("", cold_rounds as f64, "rounds")
            .value("", megabytes, "MB")
            .value("warm", warm, "ms")
            .value("", warm_requests.len() as f64, "requests")
            .value("", warm_rounds as f64, "rounds");
        figures.push(match question.what {
            "newest 50" | "one id" => figure.target("cold ≤ 2 rounds", cold_rounds <= 2),
            "all of a rare actor" => figure.target("cold ≤ 1000 ms", cold <= 1000.0),
            _ => figure,
        });
    }
    stack.stop().await?;
    Ok(figures)
}

/// Serves the searches of a stack, with the archive behind another endpoint.
async fn serve(stack: &Stack, s3: &str) -> Result<Client> {
    let archive = SegmentStore::new(clients::s3(s3), buckets(), audit_query::CACHE_BYTES);
    let query = audit_query::routes(stack.tables().clone(), archive, Arc::new(SystemClock), audit_query::BUDGET);
    let ingest = audit_ingest::routes(stack.tables().clone(), Arc::new(SystemClock));
    let routes = service::framed(ingest.merge(query), CallerSource::Local);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = Client::new(&format!("http://{}", listener.local_addr()?))?;
    tokio::spawn(async move { connections::serve(listener, routes, &Stop::default()).await });
    Ok(client)
}
