//! Searches of an org with a year of archived events, over HTTP: warm and cold, against DuckDB over the same files and
//! PostgreSQL. Each finds the same events.

use crate::archive;
use crate::client::Client;
use crate::figures::{Figure, median};
use crate::peers::duckdb::DuckDb;
use crate::peers::postgres::Postgres;
use crate::process::Served;
use crate::questions::{self, Question};
use crate::{Options, Result};

/// How often a search is repeated; the figure is the median.
pub(super) const REPEATS: usize = 15;
/// The least advantage over DuckDB.
const ADVANTAGE: f64 = 5.0;

pub(super) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let data = archive::of(options.events, &options.data).await?;
    let served = Served::start(&data)?;
    let client = Client::new(&served.url)?;
    client.register().await?;
    let questions = questions::all(options.events, &client).await?;
    drop(served);
    let mut asked = Vec::new();
    for question in &questions {
        asked.push((cold(&data, question).await?, f64::NAN));
    }
    let served = Served::start(&data)?;
    let client = Client::new(&served.url)?;
    client.register().await?;
    let mut found = Vec::new();
    for (question, (_, warm)) in questions.iter().zip(&mut asked) {
        let (milliseconds, ids) = warmed(&client, question).await?;
        *warm = milliseconds;
        found.push(ids);
    }
    let peak = served.peak_mb();
    drop(served);
    let mut duckdb = DuckDb::over(&options.data, &archive::segments_folder(&data));
    let postgres = match &mut duckdb {
        Ok(duckdb) => Postgres::start(&options.data, options.events, duckdb),
        Err(_) => Err("it is loaded by DuckDB".into()),
    };
    let mut figures = Vec::new();
    for ((question, (cold, warm)), ids) in questions.iter().zip(asked).zip(found) {
        let mut figure = Figure::new("search", format!("{}: {} events", question.what, ids.len()))
            .value("warm", warm, "ms")
            .value("cold", cold, "ms");
        let mut met = question.limit_ms().is_none_or(|limit| warm <= limit);
        let mut target = question.limit_ms().map(|limit| format!("≤ {limit} ms"));
        if let Ok(duckdb) = &mut duckdb {
            let answer = duckdb.ask(&question.sql)?;
            agrees(question, &ids, &answer.ids)?;
            let ratio = answer.milliseconds / warm;
            figure = figure.value("DuckDB", answer.milliseconds, "ms").ratio("DuckDB", ratio);
            met &= ratio >= ADVANTAGE;
            target = Some(target.into_iter().chain([format!("DuckDB ≥ {ADVANTAGE}x")]).collect::<Vec<_>>().join(", "));
        }
        if let Ok(postgres) = &postgres {
            let answer = postgres.ask(&question.sql)?;
            agrees(question, &ids, &answer.ids)?;
            figure = figure.value("PostgreSQL", answer.milliseconds, "ms");
            figure = figure.ratio("PostgreSQL", answer.milliseconds / warm);
        }
        figures.push(match target {
            Some(target) => figure.target(target, met),
            None => figure,
        });
    }
    figures.push(Figure::new("search", "peak memory of the process, stores included").value("", peak, "MB"));
    figures.extend(duckdb.err().map(|missing| Figure::unmeasured("search", "DuckDB", missing)));
    figures.extend(postgres.err().map(|missing| Figure::unmeasured("search", "PostgreSQL", missing)));
    Ok(figures)
}

/// The first request of a new process, after one that reads neither the ledger nor the archive.
async fn cold(data: &std::path::Path, question: &Question) -> Result<f64> {
    let served = Served::start(data)?;
    let client = Client::new(&served.url)?;
    client.register().await?;
    Ok(questions::ask(&client, question).await?.0)
}

/// The median of repeated requests, and what they find.
async fn warmed(client: &Client, question: &Question) -> Result<(f64, Vec<String>)> {
    let (_, ids) = questions::ask(client, question).await?;
    let mut milliseconds = Vec::new();
    for _ in 0..REPEATS {
        milliseconds.push(questions::ask(client, question).await?.0);
    }
    Ok((median(milliseconds), ids))
}

fn agrees(question: &Question, ours: &[String], theirs: &[String]) -> Result<()> {
    if ours == theirs { Ok(()) } else { Err(format!("{}: other events than the peer's", question.what).into()) }
}
