//! Searches in archives of other sizes: a tenth, the whole, and one, five and ten years of a quiet org.

use crate::archive;
use crate::client::Client;
use crate::events::Events;
use crate::figures::{Figure, median};
use crate::process::Served;
use crate::questions::{self, CONSTANT};
use crate::{Options, Result};

const REPEATS: usize = 31;
/// Events a day of a quiet org.
const QUIET: u64 = 10;
const YEAR: u64 = 365;
/// The most that ten times as many events may add.
const GROWTH: f64 = 1.3;

pub(super) async fn measure(options: &Options) -> Result<Vec<Figure>> {
    let whole = options.events;
    let parts = [100, 10, 1].map(|part| (Events { count: whole.count / part, ..whole }, ""));
    let quiet =
        [1, 5, 10].map(|years| (Events { count: QUIET * YEAR * years, days: YEAR * years, ..whole }, "quiet, "));
    let mut figures = Vec::new();
    for sizes in [parts, quiet] {
        let mut before: Option<Vec<f64>> = None;
        for (events, kind) in sizes {
            let times = times(events, options).await?;
            let what = format!("{kind}{} events in {} days", events.count, events.days);
            let mut figure = Figure::new("growth", what);
            for (name, milliseconds) in CONSTANT.iter().zip(&times) {
                figure = figure.value(*name, *milliseconds, "ms");
            }
            if let Some(before) = &before {
                let ratios: Vec<_> = times.iter().zip(before).map(|(time, before)| time / before).collect();
                let met = ratios.iter().all(|ratio| *ratio <= GROWTH);
                for (name, ratio) in CONSTANT.iter().zip(ratios) {
                    figure = figure.ratio(*name, ratio);
                }
                figure = figure.target(format!("≤ {GROWTH}x"), met);
            }
            // The sizes of a quiet org are compared with its first year.
            if kind.is_empty() || before.is_none() {
                before = Some(times);
            }
            figures.push(figure);
        }
    }
    Ok(figures)
}

/// The warm milliseconds of the questions whose time must not grow.
async fn times(events: Events, options: &Options) -> Result<Vec<f64>> {
    let data = archive::of(events, &options.data).await?;
    let served = Served::start(&data)?;
    let client = Client::new(&served.url)?;
    client.register().await?;
    let questions = questions::all(events, &client).await?;
    let mut times = Vec::new();
    for name in CONSTANT {
        let question = questions.iter().find(|question| question.what == name).ok_or("an unknown question")?;
        questions::ask(&client, question).await?;
        let mut milliseconds = Vec::new();
        for _ in 0..REPEATS {
            milliseconds.push(questions::ask(&client, question).await?.0);
        }
        times.push(median(milliseconds));
    }
    Ok(times)
}
