//! What a million events cost: units, requests and bytes are metered between the service and the embedded stores, and
//! multiplied by the list prices of `prices.json`. What the figures do not include is stated with them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use audit_compact::{CACHE_BYTES, Compactor};
use audit_core::OrgId;
use audit_local::clients;
use audit_local::stack::{Stack, StackOptions, TableStore, buckets, table_names};
use audit_runtime::SystemClock;
use audit_segments::SegmentStore;
use audit_tables::Tables;
use serde::Deserialize;

use crate::client::ORG;
use crate::events::Events;
use crate::figures::Figure;
use crate::proxy::{Passed, Proxy};
use crate::{Options, Result, hot};

const PRICES: &str = include_str!("../../prices.json");
/// Events that are metered, in batches as a platform sends them.
const METERED: u64 = 50_000;
const BATCH: usize = 100;
/// Quiet orgs that are metered, and events of a day of each.
const ORGS: u64 = 50;
const QUIET: u64 = 10;
/// Quiet orgs whose year is priced.
const PRICED_ORGS: f64 = 10_000.0;
const DAYS: f64 = 365.0;
const HOURS: f64 = 24.0;
const MILLION: f64 = 1e6;
/// Orgs of one task of a pass, which is one transition of the state machine.
const CHUNK_ORGS: f64 = 50.0;
/// The other transitions of a pass in `infra/archive.asl.json`, if one round is enough.
const TRANSITIONS: f64 = 9.0;

#[derive(Deserialize)]
struct Prices {
    dynamodb_write_units_million: f64,
    dynamodb_read_units_million: f64,
    s3_writes_thousand: f64,
    s3_reads_thousand: f64,
    s3_gb_month: f64,
    lambda_requests_million: f64,
    lambda_gb_second: f64,
    http_api_requests_million: f64,
    state_transitions_thousand: f64,
    ingest_mb: f64,
    compact_mb: f64,
    workos_million_stored_month: f64,
}

/// What one phase used.
#[derive(Debug, Default, Clone, Copy)]
struct Used {
    read_units: f64,
    write_units: f64,
    s3_reads: f64,
    s3_writes: f64,
    seconds: f64,
}

impl Used {
    fn of(passed: &[Passed], seconds: f64) -> Self {
        let mut used = Self { seconds, ..Self::default() };
        for request in passed {
            used.read_units += request.read_units;
            used.write_units += request.write_units;
            match request.operation.as_str() {
                "GET" | "HEAD" => used.s3_reads += 1.0,
                "PUT" | "COPY" | "LIST" => used.s3_writes += 1.0,
                _ => {}
            }
        }
        used
    }

    fn times(self, factor: f64) -> Self {
        Self {
            read_units: self.read_units * factor,
            write_units: self.write_units * factor,
            s3_reads: self.s3_reads * factor,
            s3_writes: self.s3_writes * factor,
            seconds: self.seconds * factor,
        }
    }

    /// The price of requests and of the time of a function with this memory.
    fn price(self, prices: &Prices, memory_mb: f64) -> f64 {
        self.write_units / MILLION * prices.dynamodb_write_units_million
            + self.read_units / MILLION * prices.dynamodb_read_units_million
            + self.s3_writes / 1e3 * prices.s3_writes_thousand
            + self.s3_reads / 1e3 * prices.s3_reads_thousand
            + self.seconds * memory_mb / 1024.0 * prices.lambda_gb_second
    }

    fn show(self, figure: Figure) -> Figure {
        let figure = figure.value("", self.write_units, "write units").value("", self.read_units, "read units");
        let figure = figure.value("", self.s3_writes, "S3 writes").value("", self.s3_reads, "S3 reads");
        figure.value("", self.seconds, "s of functions")
    }
}

/// The service between two proxies.
struct Metered {
    stack: Stack,
    dynamodb: Proxy,
    s3: Proxy,
    tables: Tables,
    compactor: Compactor,
}

impl Metered {
    async fn start(data: &std::path::Path) -> Result<Self> {
        if data.exists() {
            std::fs::remove_dir_all(data)?;
        }
        let stack = Stack::start(StackOptions {
            data: data.to_owned(),
            tables: TableStore::Embedded { port: 0 },
            s3_port: 0,
            kms_port: 0,
            clock: Arc::new(SystemClock),
            budget: audit_query::BUDGET,
        })
        .await?;
        let dynamodb = Proxy::start(stack.dynamodb_endpoint(), Duration::ZERO).await?;
        let s3 = Proxy::start(&stack.s3_endpoint(), Duration::ZERO).await?;
        let tables = Tables::new(clients::dynamodb(&dynamodb.endpoint), table_names());
        let archive = SegmentStore::new(clients::s3(&s3.endpoint), buckets(), CACHE_BYTES);
        let compactor = Compactor::new(tables.clone(), archive, Arc::new(SystemClock), None);
        Ok(Self { stack, dynamodb, s3, tables, compactor })
    }

    /// Meters some work.
    async fn meter<T>(&self, work: impl Future<Output = Result<T>>) -> Result<(Used, T)> {
        self.dynamodb.take();
        self.s3.take();
        let started = Instant::now();
        let done = work.await?;
        let seconds = started.elapsed().as_secs_f64();
        Ok((Used::of(&[self.dynamodb.take(), self.s3.take()].concat(), seconds), done))
    }

    async fn register(&self, org: &str) -> Result<()> {
        let body = r#"{"name":"Benchmark","plan":"enterprise"}"#.to_owned();
        hot::send(&hot::routes(&self.tables), "PUT", &format!("/v1/orgs/{org}"), body).await
    }

    /// Records events of an org through the route.
    async fn record(&self, org: &str, events: Events) -> Result<()> {
        let (routes, first_day) = (hot::routes(&self.tables), events.first_day()?);
        let lines: Vec<_> = (0..events.count).map(|number| events.line(first_day, number)).collect();
        for batch in lines.chunks(BATCH) {
            hot::send(&routes, "POST", &format!("/v1/orgs/{org}/events"), hot::body(batch)).await?;
        }
        Ok(())
    }

    async fn pass_over_all(&self) -> Result<u64> {
        let outcomes = self.compactor.pass_all(false, None).await?;
        let mut rows = 0;
        for outcome in outcomes {
            rows += outcome.result?.rows;
        }
        Ok(rows)
    }

    /// Bytes of the published segments.
    fn archived_bytes(&self) -> Result<u64> {
        fn of(folder: &std::path::Path) -> std::io::Result<u64> {
            std::fs::read_dir(folder)?.try_fold(0, |bytes, entry| {
                let entry = entry?;
                let metadata = entry.metadata()?;
                Ok(bytes + if metadata.is_dir() { of(&entry.path())? } else { metadata.len() })
            })
        }
        Ok(of(&self.stack.archive_folder())?)
    }
}

pub(super) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let prices: Prices = serde_json::from_str(PRICES)?;
    let data = options.data.join("cost");
    let mut figures = Box::pin(million(options, &prices, &data)).await?;
    figures.extend(quiet(options, &prices, &data).await?);
    std::fs::remove_dir_all(&data)?;
    Ok(figures)
}

/// A million events of one org: recorded, archived the day after, kept for a year.
async fn million(options: &Options, prices: &Prices, data: &std::path::Path) -> Result<Vec<Figure>> {
    let metered = Metered::start(data).await?;
    let events = Events { count: METERED, days: 1, ..options.events };
    metered.register(ORG).await?;
    let (recording, ()) = metered.meter(metered.record(ORG, events)).await?;
    let org_id: OrgId = ORG.parse()?;
    let (passing, rows) = metered.meter(async { Ok(metered.compactor.pass(&org_id, true, None).await?.rows) }).await?;
    if rows != METERED {
        return Err(format!("{rows} of {METERED} rows were archived").into());
    }
    let scale = MILLION / METERED as f64;
    let (recording, passing) = (recording.times(scale), passing.times(scale));
    let gigabytes = metered.archived_bytes()? as f64 * scale / 1e9;
    metered.stack.stop().await?;
    let requests = MILLION / BATCH as f64;
    let invoked = requests / MILLION * (prices.http_api_requests_million + prices.lambda_requests_million);
    let recorded = recording.price(prices, prices.ingest_mb) + invoked;
    let archived = passing.price(prices, prices.compact_mb);
    let kept = gigabytes * 12.0 * prices.s3_gb_month;
    let sum = recorded + archived + kept;
    let total = Figure::new("cost", "1,000,000 events: recorded, archived, kept for a year").value("", sum, "USD");
    let workos = prices.workos_million_stored_month * 12.0;
    Ok(vec![
        recording
            .show(Figure::new("cost", format!("1,000,000 events recorded in batches of {BATCH}")))
            .value("", recorded, "USD"),
        passing.show(Figure::new("cost", "1,000,000 events archived in one pass")).value("", archived, "USD"),
        Figure::new("cost", "1,000,000 events kept for a year").value("", gigabytes, "GB").value("", kept, "USD"),
        total.value("WorkOS", workos, "USD").ratio("", sum / workos).target("< 3 USD", sum < 3.0).note(
            "from a run with 50,000; without searches, logs, alarms, backups and data transfer; time of functions with \
             stores on this machine",
        ),
    ])
}

/// Ten thousand orgs with ten events a day each: a pass an hour, which archives once a day.
async fn quiet(options: &Options, prices: &Prices, data: &std::path::Path) -> Result<Vec<Figure>> {
    let metered = Metered::start(data).await?;
    let events = Events { count: QUIET, days: 1, ..options.events };
    let orgs: Vec<_> = (0..ORGS).map(|number| format!("quiet-{number}")).collect();
    for org in &orgs {
        metered.register(org).await?;
    }
    let recorded = async {
        for (org, seed) in orgs.iter().zip(0..) {
            metered.record(org, Events { seed, ..events }).await?;
        }
        Ok(())
    };
    let (recording, ()) = metered.meter(recorded).await?;
    let (daily, rows) = metered.meter(metered.pass_over_all()).await?;
    let (idle, idle_rows) = metered.meter(metered.pass_over_all()).await?;
    if (rows, idle_rows) != (QUIET * ORGS, 0) {
        return Err(format!("{rows} rows were archived at first, then {idle_rows}").into());
    }
    let bytes = metered.archived_bytes()? as f64 / ORGS as f64;
    metered.stack.stop().await?;
    let year = PRICED_ORGS / ORGS as f64 * DAYS;
    let recording = recording.times(year);
    let (daily, idle) = (daily.times(year), idle.times(year * (HOURS - 1.0)));
    let requests = PRICED_ORGS * DAYS;
    let invoked = requests / MILLION * (prices.http_api_requests_million + prices.lambda_requests_million);
    let (passes, tasks) = (DAYS * HOURS, PRICED_ORGS / CHUNK_ORGS);
    let transitions = passes * (tasks + TRANSITIONS) / 1e3 * prices.state_transitions_thousand;
    let steps = transitions + passes * (tasks + 1.0) / MILLION * prices.lambda_requests_million;
    // What was archived on a day is kept for half of the year on average.
    let kept = bytes * PRICED_ORGS * DAYS / 1e9 * 6.0 * prices.s3_gb_month;
    let parts = [
        recording.price(prices, prices.ingest_mb) + invoked,
        daily.price(prices, prices.compact_mb),
        idle.price(prices, prices.compact_mb),
    ];
    let sum = parts.iter().sum::<f64>() + steps + kept;
    let per_million = sum / (PRICED_ORGS * DAYS * QUIET as f64 / MILLION);
    Ok(vec![
        daily.show(Figure::new("cost", "10,000 quiet orgs for a year: daily passes")).value("", parts[1], "USD"),
        idle.show(Figure::new("cost", "10,000 quiet orgs for a year: passes with nothing to do"))
            .value("", parts[2], "USD"),
        Figure::new("cost", format!("10,000 quiet orgs for a year, {QUIET} events a day each"))
            .value("", sum, "USD")
            .value("recording", parts[0], "USD")
            .value("state machine", steps, "USD")
            .value("kept", kept, "USD")
            .value("per million events", per_million, "USD")
            .note("from a run with 50 orgs and one day of each; transitions counted from the state machine"),
    ])
}
