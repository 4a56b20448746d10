//! Recording events: the whole route against a bare loop of `PutItem` with the same rows and as many requests in
//! flight. The store is another process; CPU is that of this process, which makes the requests.

use std::time::Instant;

use audit_core::OrgId;
use audit_local::{clients, stack::table_names};
use audit_tables::Tables;
use axum::Router;
use futures::{StreamExt as _, stream};

use crate::client::ORG;
use crate::events::Events;
use crate::figures::{Figure, median};
use crate::process::{Served, cpu_seconds};
use crate::{Options, Result, hot};

/// Events of one request, requests in flight, and events of one run.
const BATCHES: [(u64, usize, u64); 3] = [(1, 8, 4_000), (100, 1, 10_000), (500, 1, 10_000)];
/// The bare loop has as many puts in flight as the route has.
const PUTS_IN_FLIGHT: usize = 32;
/// Runs of each, taken in turns; the figure is the median.
const RUNS: usize = 5;
const MOST: f64 = 1.15;

pub(super) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let data = options.data.join("ingest");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let served = Served::start(&data)?;
    let dynamodb = clients::dynamodb(&served.dynamodb);
    let routes = hot::routes(&Tables::new(dynamodb.clone(), table_names()));
    let org = format!("/v1/orgs/{ORG}");
    hot::send(&routes, "PUT", &org, r#"{"name":"Benchmark","plan":"enterprise"}"#.to_owned()).await?;
    // Every run has events of its own.
    let total = BATCHES.iter().map(|(.., count)| count * 2 * RUNS as u64).sum();
    let events = Events { count: total, ..options.events };
    let (mut next, mut figures) = (0, Vec::new());
    for (batch, in_flight, count) in BATCHES {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(through_route(&routes, &events, next, (batch, in_flight, count)).await?);
            next += count;
            let puts = if batch == 1 { in_flight } else { PUTS_IN_FLIGHT };
            bare.push(by_bare_puts(&dynamodb, &events, next, (puts, count)).await?);
            next += count;
        }
        let middle = |runs: &[Run], of: fn(&Run) -> f64| median(runs.iter().map(of).collect());
        let cpu = |runs: &[Run]| middle(runs, |run| run.cpu_us);
        let ratio = cpu(&ours) / cpu(&bare);
        let figure = Figure::new("ingest", format!("batches of {batch}"))
            .value("", middle(&ours, |run| run.per_second), "events/s")
            .value("", cpu(&ours), "µs CPU per event")
            .value("bare", middle(&bare, |run| run.per_second), "events/s")
            .value("bare", cpu(&bare), "µs CPU per event");
        figures.push(figure.ratio("CPU", ratio).target(format!("≤ {MOST}x"), ratio <= MOST));
    }
    drop(served);
    std::fs::remove_dir_all(&data)?;
    Ok(figures)
}

struct Run {
    per_second: f64,
    cpu_us: f64,
}

/// Times some work on `count` events.
async fn timed(count: u64, work: impl Future<Output = Result<()>>) -> Result<Run> {
    let (started, cpu) = (Instant::now(), cpu_seconds("self"));
    work.await?;
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds("self") - cpu);
    Ok(Run { per_second: count as f64 / seconds, cpu_us: cpu * 1e6 / count as f64 })
}

async fn through_route(
    routes: &Router,
    events: &Events,
    first: u64,
    (batch, in_flight, count): (u64, usize, u64),
) -> Result<Run> {
    let first_day = events.first_day()?;
    let lines: Vec<_> = (first..first + count).map(|number| events.line(first_day, number)).collect();
    let bodies: Vec<_> = lines.chunks(usize::try_from(batch)?).map(hot::body).collect();
    let path = format!("/v1/orgs/{ORG}/events");
    timed(count, async {
        // A task each, as a server has one for each connection.
        let sends = bodies.into_iter().map(|body| {
            let (routes, path) = (routes.clone(), path.clone());
            tokio::spawn(async move { hot::send(&routes, "POST", &path, body).await })
        });
        let mut sends = stream::iter(sends).buffer_unordered(in_flight);
        while let Some(sent) = sends.next().await {
            sent??;
        }
        Ok(())
    })
    .await
}

async fn by_bare_puts(
    dynamodb: &aws_sdk_dynamodb::Client,
    events: &Events,
    first: u64,
    (in_flight, count): (usize, u64),
) -> Result<Run> {
    let (org_id, first_day): (OrgId, _) = (ORG.parse()?, events.first_day()?);
    let item = |number| Ok(hot::item(&events.event(&org_id, first_day, number)?));
    let items = (first..first + count).map(item).collect::<Result<Vec<_>>>()?;
    let dynamodb = dynamodb.clone();
    let puts = async move {
        let mut puts =
            stream::iter(items.into_iter().map(|item| hot::put(&dynamodb, item))).buffer_unordered(in_flight);
        while let Some(put) = puts.next().await {
            put?;
        }
        Ok(())
    };
    // On a thread of the runtime, as the route is.
    timed(count, async { tokio::spawn(puts).await? }).await
}
