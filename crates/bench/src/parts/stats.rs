//! Counts over the year of the archive of `search`, over HTTP: cold and warm, against DuckDB over the same files. Both
//! count the same.

use std::path::Path;
use std::time::Instant;

use serde::Deserialize;

use super::search::REPEATS;
use crate::archive;
use crate::client::{Client, ORG};
use crate::events::COMMON_ACTOR;
use crate::figures::{Figure, median};
use crate::peers::duckdb::DuckDb;
use crate::process::Served;
use crate::{Options, Result};

/// The start of the day of an event.
const DAY: &str = "strftime(make_timestamp(occurred_at), '%Y-%m-%dT00:00:00+00:00')";
/// The same in a zone that is not a whole number of hours from UTC.
const DAY_IN_KATHMANDU: &str = "strftime(make_timestamp(occurred_at) + INTERVAL 345 MINUTE, '%Y-%m-%dT00:00:00+05:45')";

/// A count of events.
struct Count {
    what: &'static str,
    /// The parameters of the request.
    query: String,
    /// By what DuckDB counts.
    value: &'static str,
    /// Which events DuckDB counts.
    condition: String,
    /// The most milliseconds of the first request and of the others.
    limits_ms: Option<(f64, f64)>,
}

#[derive(Deserialize)]
struct Page {
    groups: Vec<Group>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Group {
    time: Option<String>,
    key: Option<String>,
    count: u64,
    failed: u64,
}

fn counts() -> Vec<Count> {
    let count = |what, query: &str, value, limits_ms| {
        let (query, condition) = (query.to_owned(), "true".to_owned());
        Count { what, query, value, condition, limits_ms }
    };
    let mut counts = vec![
        count("by day", "group_by=time&interval=1d", DAY, Some((20.0, 5.0))),
        count("by day of Kathmandu", "group_by=time&interval=1d&zone=Asia/Kathmandu", DAY_IN_KATHMANDU, None),
        count("by action", "group_by=action&top=10", "action", Some((20.0, 5.0))),
        count("top 10 actors", "group_by=actor&top=10", "actor_id", Some((300.0, 300.0))),
        count("top 10 targets", "group_by=target&top=10", "target_id", None),
    ];
    counts.push(Count {
        what: "a common actor by day",
        query: format!("group_by=time&interval=1d&actor={COMMON_ACTOR}"),
        value: DAY,
        condition: format!("actor_id = '{COMMON_ACTOR}'"),
        limits_ms: None,
    });
    counts
}

pub(super) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let data = archive::of(options.events, &options.data).await?;
    let mut duckdb = DuckDb::over(&options.data, &archive::segments_folder(&data));
    let mut figures = Vec::new();
    for count in counts() {
        let (cold, warm, pages) = ask(&data, &count).await?;
        let mut figure = Figure::new("stats", count.what).value("warm", warm, "ms").value("cold", cold, "ms");
        let groups: Vec<_> = pages.iter().flatten().map(text).collect();
        if let Ok(duckdb) = &mut duckdb {
            let answer = duckdb.ask(&sql(&count))?;
            // The groups of several pages are summed by their reader, who then has to ask for all, not for the top ones.
            if pages.len() == 1 && answer.ids != groups {
                return Err(format!("{}: other groups than DuckDB's", count.what).into());
            }
            figure = figure.value("DuckDB", answer.milliseconds, "ms").ratio("DuckDB", answer.milliseconds / warm);
        }
        if pages.len() > 1 {
            figure = figure.note(format!("in {} requests", pages.len()));
        }
        figures.push(match count.limits_ms {
            Some((most_cold, most_warm)) => {
                let met = cold <= most_cold && warm <= most_warm;
                figure.target(format!("warm ≤ {most_warm} ms, cold ≤ {most_cold} ms"), met)
            }
            None => figure,
        });
    }
    figures.extend(duckdb.err().map(|missing| Figure::unmeasured("stats", "DuckDB", missing)));
    Ok(figures)
}

/// The first request of a new process, after one that reads neither the ledger nor the archive; the median of the
/// requests after it; and the groups of each page.
async fn ask(data: &Path, count: &Count) -> Result<(f64, f64, Vec<Vec<Group>>)> {
    let served = Served::start(data)?;
    let client = Client::new(&served.url)?;
    client.register().await?;
    let (mut milliseconds, mut pages) = (Vec::new(), Vec::new());
    for _ in 0..=REPEATS {
        pages.clear();
        let (started, mut cursor) = (Instant::now(), String::new());
        loop {
            let path = format!("/v1/orgs/{ORG}/stats?{}{cursor}", count.query);
            let page: Page = serde_json::from_str(&client.send("GET", &path, String::new()).await?)?;
            cursor = page.next_cursor.iter().map(|next| format!("&cursor={next}")).collect();
            pages.push(page.groups);
            if cursor.is_empty() {
                break;
            }
        }
        milliseconds.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    let cold = milliseconds.remove(0);
    Ok((cold, median(milliseconds), pages))
}

/// A group as DuckDB prints it.
fn text(group: &Group) -> String {
    let value = group.time.as_ref().or(group.key.as_ref()).map_or("", String::as_str);
    format!("{value} {} {}", group.count, group.failed)
}

fn sql(count: &Count) -> String {
    let order = if count.query.contains("time") { "value" } else { "count(*) DESC, value LIMIT 10" };
    format!(
        "SELECT concat_ws(' ', value, count(*), count(*) FILTER (result = 'failed')) FROM \
        (SELECT {} AS value, result FROM events WHERE {}) GROUP BY value ORDER BY {order}",
        count.value, count.condition
    )
}
